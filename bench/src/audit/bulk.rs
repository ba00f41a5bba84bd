//! A thousand events per call, compared with COPY.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use floor::event;
use uuid::Uuid;

use super::body;
use crate::TOKENS;
use crate::figures::{Bench, ROWS};
use crate::load::{self, Round, Target, Tokens};
use crate::race::{self, Lane, Work};
use crate::stage::Stage;

/// The maximum number of events in a call.
const EVENTS_A_CALL: usize = 1_000;
const COPIED: usize = 50_000;
/// A call is long, so a round must be, too.
const SHORTEST: Duration = Duration::from_secs(1);
/// The least ratio to the floor.
const AT_LEAST: f64 = 0.40;

/// With one caller, as COPY has one, and with four.
pub fn run(stage: &Stage, measured: Duration) -> Result<Bench> {
    let shell = stage.shell()?;
    let known = stage.tokens(0..TOKENS)?;
    let json = format!("[{}]", vec![body(); EVENTS_A_CALL].join(","));
    let target = Target::post(shell.address, "/v1/audit-events", json);
    load::answer(&target, known.first().context("there is no token")?.clone())?;

    let calls = race::requests(target, |_| Ok(Tokens::InTurn(known.clone())));
    let lanes = [
        Lane {
            name: "COPY, one connection".to_owned(),
            work: copy(stage),
            floor: None,
            at_least: None,
        },
        Lane {
            name: "POST /v1/audit-events, 1,000 a call".to_owned(),
            work: Box::new(move |connections, measured| {
                let mut round = calls(connections, measured)?;
                round.per_second *= EVENTS_A_CALL as f64;
                Ok(round)
            }),
            floor: Some(0),
            at_least: Some(AT_LEAST),
        },
    ];
    let measured = measured.max(SHORTEST);
    let races = [1, 4].map(|connections| race::run(&lanes, connections, measured));
    Ok(Bench {
        unit: ROWS.to_owned(),
        races: races.into_iter().collect::<Result<_>>()?,
        redis: Vec::new(),
    })
}

/// As the superuser: COPY does not support tables with row-level security, which the owner is subject to as well.
fn copy(stage: &Stage) -> Work<'_> {
    Box::new(|_, _| {
        let mut database = stage.superuser()?;
        let rows = rows()?;
        let begun = Instant::now();
        let mut writer = database.copy_in(
            "COPY shell.audit_log (organization_id, id, created_at, occurred_at, action, actor_type,
               actor_id, targets, target_ids, outcome, ip, user_agent, request_id, trace_id, metadata)
             FROM STDIN",
        )?;
        writer.write_all(rows.as_bytes())?;
        writer.finish()?;
        Ok(Round {
            per_second: COPIED as f64 / begun.elapsed().as_secs_f64(),
            latencies: None,
            beside: None,
        })
    })
}

/// As many rows as are copied; no value has a character that is special for COPY.
fn rows() -> Result<String> {
    let organization = Uuid::now_v7();
    let mut rows = String::new();
    for _ in 0..COPIED {
        let id = Uuid::now_v7();
        write!(rows, "{organization}\t{id}\tnow\tnow")?;
        let target_ids = format!("{{{}}}", event::TARGET_ID);
        for value in [
            event::ACTION,
            event::ACTOR_TYPE,
            event::ACTOR_ID,
            event::TARGETS,
            &target_ids,
            event::OUTCOME,
            event::IP,
            event::USER_AGENT,
            event::REQUEST_ID,
            event::TRACE_ID,
            event::METADATA,
        ] {
            write!(rows, "\t{value}")?;
        }
        rows.push('\n');
    }
    Ok(rows)
}
