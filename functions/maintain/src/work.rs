//! The job: the audit trail's partitions to come, and what need not be remembered any longer.

use anyhow::{Context, bail};
use job::{
    audit,
    database::{Database, DbValue, Fault, ParameterValue},
};

/// Rows that one statement deletes of each table: appends wait for none of them, and what a run that
/// is stopped has done stays done.
const BATCH: i32 = 10_000;

/// The functions that delete, and what they do.
const PURGED: [(&str, &str); 2] = [
    ("purge_audit_ids", "ids and keys of audit events"),
    (
        "purge_webhook_events",
        "events of identity providers, and facts of them",
    ),
];

pub fn maintain() -> anyhow::Result<()> {
    let arguments: Vec<_> = job::arguments().collect();
    if !arguments.is_empty() {
        bail!("unknown arguments {arguments:?}: expected none");
    }
    let database = Database::open(&job::variable("migration_database_url")?)?;
    let partitions = audit::make_partitions(&database)
        .context("where the function is missing, run the migrations first")?;
    for name in &partitions {
        println!("made partition {name}");
    }
    let mut purged = 0;
    for (function, what) in PURGED {
        let count = purge(&database, function)?;
        if count > 0 {
            println!("purged {count} {what}");
        }
        purged += count;
    }
    if partitions.is_empty() && purged == 0 {
        println!("nothing to do");
    }
    Ok(())
}

/// Deletes batch by batch until there is nothing left to delete.
fn purge(database: &Database, function: &str) -> anyhow::Result<i64> {
    let statement = format!("SELECT shell.{function}($1)");
    let mut purged = 0;
    loop {
        let most = ParameterValue::Int32(BATCH);
        let row = database.row(&statement, &[most])?;
        let [DbValue::Int64(more)] = row else {
            return Err(Fault::Unexpected.into());
        };
        if more == 0 {
            return Ok(purged);
        }
        purged += more;
    }
}
