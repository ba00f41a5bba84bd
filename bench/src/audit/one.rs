//! One event per call, compared with one GET and one INSERT.

use std::time::Duration;

use anyhow::{Context as _, Result};

use super::{body, compare_rows, pgbench};
use crate::figures::{Bench, EVENTS};
use crate::floor;
use crate::load::{self, Target, Tokens};
use crate::race::{self, Lane};
use crate::stage::Stage;
use crate::{CONNECTIONS, TOKENS};

/// The least ratio to the floor.
const AT_LEAST: f64 = 0.80;
/// Four times the number of connections that a host has to PostgreSQL.
const CROWD: usize = 256;

/// With the usual numbers of connections, and with a crowd.
pub fn run(stage: &Stage, measured: Duration) -> Result<Bench> {
    let (shell, floor) = (stage.shell()?, stage.floor_of_superuser()?);
    let known = stage.tokens(0..TOKENS)?;
    let token = known.first().context("there is no token")?;
    let target = Target::post(shell.address, "/v1/audit-events", body());
    load::answer(&target, token.clone())?;
    let [bare, returning] = floor::append(stage, &floor, &target)?;
    load::answer(&bare, token.clone())?;
    load::answer(&returning, token.clone())?;
    compare_rows(stage)?;

    let in_turn = |_| Ok(Tokens::InTurn(known.clone()));
    let mut lanes = vec![
        Lane {
            name: "one GET, one INSERT".to_owned(),
            work: race::requests(bare, in_turn),
            floor: None,
            at_least: None,
        },
        Lane {
            name: "one GET, one INSERT … RETURNING".to_owned(),
            work: race::requests(returning, in_turn),
            floor: Some(0),
            at_least: None,
        },
        Lane {
            name: "POST /v1/audit-events".to_owned(),
            work: race::requests(target, in_turn),
            floor: Some(0),
            at_least: Some(AT_LEAST),
        },
    ];
    let alone = lanes.len();
    if let Some(work) = pgbench::insert(stage)? {
        lanes.push(Lane {
            name: "pgbench, the same INSERT".to_owned(),
            work,
            floor: None,
            at_least: None,
        });
    }
    let races = CONNECTIONS.map(|connections| race::run(&lanes, connections, measured));
    let mut races = races.into_iter().collect::<Result<Vec<_>>>()?;
    // PostgreSQL does not have enough connections for pgbench, which has no pool.
    lanes.truncate(alone);
    races.push(race::run(&lanes, CROWD, measured)?);
    Ok(Bench {
        unit: EVENTS.to_owned(),
        races,
        redis: Vec::new(),
    })
}
