//! `discovery`: the most frequent requests of satellites, answered from Redis.

use std::time::Duration;

use anyhow::Result;
use xtask::test_environment::TestEnvironment;

use crate::figures::{Bench, REQUESTS};
use crate::floor;
use crate::load::{Target, Tokens};
use crate::race::{self, Lane};
use crate::stage::{Served, Stage};
use crate::{CONNECTIONS, TOKENS};

/// The least ratio to the floor.
const AT_LEAST: f64 = 0.80;

/// One app and the whole list, each compared with one GET with an answer of the same size.
pub fn run(environment: &TestEnvironment, measured: Duration) -> Result<Bench> {
    let stage = Stage::new(environment)?;
    let (shell, floor) = (stage.shell()?, stage.floor()?);
    let known = stage.tokens(0..TOKENS)?;
    let in_turn = |_| Ok(Tokens::InTurn(known.clone()));
    let lane = |name: &str, target: Target| Lane {
        name: name.to_owned(),
        work: race::requests(target, in_turn),
        floor: None,
        at_least: None,
    };
    let of = |served: &Served, path: &str| Target::get(served.address, path);
    let mut lanes = vec![
        lane("nothing", of(&floor, "/null")),
        lane("one SELECT", of(&floor, "/select")),
    ];
    for (name, path) in [
        ("GET /v1/apps/{slug}", "/v1/apps/drive"),
        ("GET /v1/apps", "/v1/apps"),
    ] {
        let target = of(&shell, path);
        if let Some(token) = known.first() {
            let floor = floor::like(&stage, &floor, &target, token)?;
            lanes.push(lane(&floor.name, floor.target));
        }
        let floor = lanes.len().checked_sub(1);
        lanes.push(Lane {
            floor,
            at_least: Some(AT_LEAST),
            ..lane(name, target)
        });
    }
    let races = CONNECTIONS.map(|connections| race::run(&lanes, connections, measured));
    Ok(Bench {
        unit: REQUESTS.to_owned(),
        races: races.into_iter().collect::<Result<_>>()?,
        redis: Vec::new(),
    })
}
