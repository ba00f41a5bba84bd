//! `heartbeat`: the cost of a heartbeat, and whether it grows with the number of organizations that have the app.

use std::time::Duration;

use anyhow::{Context as _, Result};
use xtask::test_environment::TestEnvironment;

use crate::beats;
use crate::figures::{Bench, REQUESTS};
use crate::floor;
use crate::load::{self, Tokens};
use crate::population;
use crate::race::{self, Lane};
use crate::stage::Stage;
use crate::{CONNECTIONS, TOKENS};

const FEW: i32 = 10;
const MANY: i32 = 100_000;
/// The least ratio to the floor.
const AT_LEAST: f64 = 0.60;
/// The rest is the usual difference between two rounds of the same lane.
const FLAT: f64 = 0.90;

/// All apps in turn, compared with one GET and one UPDATE, on two databases.
pub fn run(environment: &TestEnvironment, measured: Duration) -> Result<Bench> {
    let few = Stage::new(environment)?;
    let many = few.twin()?;
    population::fill(&few, FEW)?;
    eprintln!(
        "enabling {} apps for {MANY} organizations",
        population::APPS
    );
    population::fill(&many, MANY)?;
    few.make_administrators(0..TOKENS)?;
    many.make_administrators(0..TOKENS)?;
    let known = few.tokens_of("platform", 0..TOKENS)?;
    let token = known.first().context("there is no token")?;
    let (shell_of_few, shell_of_many) = (few.shell()?, many.shell()?);
    let (of_few, of_many) = (
        beats::targets(&shell_of_few),
        beats::targets(&shell_of_many),
    );
    // The lease of every app is in force, as in production.
    for target in of_few.iter().chain(&of_many) {
        load::answer(target, token.clone())?;
    }
    let floor = few.floor_of_superuser()?;
    let bare = floor::update(&few, &floor, &of_few, token)?;

    let in_turn = |_| Ok(Tokens::InTurn(known.clone()));
    let lanes = [
        Lane {
            name: "one GET, one UPDATE".to_owned(),
            work: race::requests_in_turn(bare, in_turn),
            floor: None,
            at_least: None,
        },
        Lane {
            name: "a heartbeat, 10 organizations".to_owned(),
            work: race::requests_in_turn(of_few, in_turn),
            floor: Some(0),
            at_least: Some(AT_LEAST),
        },
        Lane {
            name: "a heartbeat, 100,000 organizations".to_owned(),
            work: race::requests_in_turn(of_many, in_turn),
            floor: Some(1),
            at_least: Some(FLAT),
        },
    ];
    let races = CONNECTIONS.map(|connections| race::run(&lanes, connections, measured));
    let races = races.into_iter().collect::<Result<_>>()?;
    drop(lanes);
    drop((shell_of_few, shell_of_many, floor));
    few.close()?;
    many.close()?;
    Ok(Bench {
        unit: REQUESTS.to_owned(),
        races,
        redis: Vec::new(),
    })
}
