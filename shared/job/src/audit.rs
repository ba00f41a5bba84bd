//! What several jobs do for the audit trail: its partitions, and the event of a run.

use serde::Serialize;

use crate::database::{Database, DbValue, Fault, ParameterValue};

/// Makes the partitions that are missing; answers their names.
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

/// Writes an event of the job into platform's trail, where there is platform.
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
