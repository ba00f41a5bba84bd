//! `audit`: appending to the trail, one event or a thousand per call.

mod bulk;
mod one;
mod pgbench;

use std::time::Duration;

use anyhow::{Result, ensure};
use floor::event;
use xtask::test_environment::TestEnvironment;

use crate::figures::Bench;
use crate::stage::Stage;

/// Single events, then a thousand per call, on one database.
pub fn run(environment: &TestEnvironment, measured: Duration) -> Result<[Bench; 2]> {
    let stage = Stage::new(environment)?;
    Ok([one::run(&stage, measured)?, bulk::run(&stage, measured)?])
}

/// The event as a satellite sends it.
fn body() -> String {
    format!(
        r#"{{"action":"{}","targets":{},"outcome":"{}","context":{{"ip":"{}","user_agent":"{}","request_id":"{}","trace_id":"{}"}},"metadata":{}}}"#,
        event::ACTION,
        event::TARGETS,
        event::OUTCOME,
        event::IP,
        event::USER_AGENT,
        event::REQUEST_ID,
        event::TRACE_ID,
        event::METADATA
    )
}

/// Fails if the lanes do not write the same rows, apart from the organization and the time.
fn compare_rows(stage: &Stage) -> Result<()> {
    let query = "SELECT count(*), count(DISTINCT (action, actor_type, actor_name, targets::text,
        target_ids, outcome, ip, user_agent, request_id, trace_id, metadata::text))
      FROM shell.audit_log WHERE action = $1";
    let row = stage.superuser()?.query_one(query, &[&event::ACTION])?;
    let (rows, kinds): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    ensure!(rows > 1 && kinds == 1, "{rows} rows of {kinds} kinds");
    Ok(())
}
