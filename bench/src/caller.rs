//! `caller`: the cost of authenticating a caller, for a token seen before and for a new one.

use std::cell::Cell;
use std::time::Duration;

use anyhow::{Context as _, Result};
use xtask::test_environment::TestEnvironment;

use crate::figures::{Bench, REQUESTS};
use crate::floor;
use crate::load::{Target, Tokens};
use crate::race::{self, Lane};
use crate::stage::Stage;
use crate::{CONNECTIONS, TOKENS};

/// More than any host can answer on the machines that this is for.
const NEW_A_SECOND: f64 = 20_000.0;

/// The same request with tokens in turn and with new tokens, compared with one GET.
pub fn run(environment: &TestEnvironment, measured: Duration) -> Result<Bench> {
    let stage = Stage::new(environment)?;
    let (shell, floor) = (stage.shell()?, stage.floor()?);
    let target = Target::get(shell.address, "/v1/apps/drive");
    let known = stage.tokens(0..TOKENS)?;
    let token = known.first().context("there is no token")?;
    let floor = floor::like(&stage, &floor, &target, token)?;

    let in_turn = |_: Duration| Ok(Tokens::InTurn(known.clone()));
    let next = Cell::new(TOKENS);
    let new = |time: Duration| {
        let first = next.get();
        next.set(first + (NEW_A_SECOND * time.as_secs_f64()) as usize);
        Ok(Tokens::Once(stage.tokens(first..next.get())?))
    };
    let lanes = [
        Lane {
            name: floor.name,
            work: race::requests(floor.target, in_turn),
            floor: None,
            at_least: None,
        },
        Lane {
            name: format!("{TOKENS} tokens in turn"),
            work: race::requests(target.clone(), in_turn),
            floor: Some(0),
            at_least: None,
        },
        Lane {
            name: "each token new".to_owned(),
            work: race::requests(target, new),
            floor: Some(0),
            at_least: None,
        },
    ];
    let races = CONNECTIONS.map(|connections| race::run(&lanes, connections, measured));
    Ok(Bench {
        unit: REQUESTS.to_owned(),
        races: races.into_iter().collect::<Result<_>>()?,
        redis: Vec::new(),
    })
}
