//! The jobs' part of the audit trail: its partitions, and the event of a run.

use serde::Serialize;

use crate::database::{Database, DbValue, Fault, ParameterValue};

/// Creates the missing partitions and returns their names.
pub fn make_partitions(database: &Database) -> Result<Vec<String>, Fault> {
    let row = database.row(
        "SELECT coalesce(array_agg(made), '{}') FROM shell.make_audit_partitions() AS made",
        &[],
    )?;
    match row {
        [DbValue::ArrayStr(made)] => Ok(made.into_iter().flatten().collect()),
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
