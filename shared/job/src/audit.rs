//! The part of the audit trail that jobs handle: its partitions, the order of its events, and the event of a run.

use serde::Serialize;

use crate::database::{Database, DbValue, Fault, ParameterValue};

/// Creates the missing partitions and returns their names.
pub fn make_partitions(database: &Database) -> Result<Vec<String>, Fault> {
    lines(database, "make_audit_partitions")
}

/// Ensures that new events come after those of a restored dump; returns what was done.
pub fn settle_positions(database: &Database) -> Result<Vec<String>, Fault> {
    lines(database, "settle_audit_positions")
}

fn lines(database: &Database, function: &str) -> Result<Vec<String>, Fault> {
    let query = format!("SELECT coalesce(array_agg(line), '{{}}') FROM shell.{function}() AS line");
    match database.row(&query, &[])? {
        [DbValue::ArrayStr(lines)] => Ok(lines.into_iter().flatten().collect()),
        _ => Err(Fault::Unexpected),
    }
}

/// Records an event of the job in platform's audit trail, if platform exists.
pub fn record(
    database: &Database,
    job: &str,
    action: &str,
    metadata: &impl Serialize,
) -> anyhow::Result<()> {
    let metadata = serde_json::to_string(metadata)?;
    let parameters = [job, action, &metadata].map(|text| ParameterValue::Str(text.to_owned()));
    database.execute("SELECT shell.record_job_event($1, $2, $3)", &parameters)?;
    Ok(())
}
