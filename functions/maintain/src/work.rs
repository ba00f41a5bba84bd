//! The job: it creates the audit trail's next partitions, and deletes data that is no longer needed.

use std::time::Duration;

use anyhow::{Context, bail};
use job::{
    audit,
    database::{Database, DbValue, Fault, ParameterValue},
};

/// How many rows of each table one statement deletes, so that appends do not wait, and a run that is stopped keeps
/// what it has deleted so far.
const BATCH: i32 = 10_000;

pub fn maintain() -> anyhow::Result<()> {
    let arguments: Vec<_> = job::arguments().collect();
    if !arguments.is_empty() {
        bail!("unknown arguments {arguments:?}: expected none");
    }
    let longest = longest_token()?;
    let database = Database::open(&job::variable("migration_database_url")?)?;
    let partitions = audit::make_partitions(&database)
        .context("if a function is missing, run the migrations first")?;
    for name in &partitions {
        println!("made partition {name}");
    }
    let purge_revocations = format!("purge_revocations($1, {})", longest.as_secs());
    let calls = [
        ("purge_audit_ids($1)", "ids and keys of audit events"),
        (
            "purge_webhook_events($1)",
            "events of identity providers, and facts of them",
        ),
        (
            purge_revocations.as_str(),
            "revocations that no token outlives",
        ),
    ];
    let mut purged = 0;
    for (call, what) in calls {
        let count = purge(&database, call)?;
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

/// How long a token may live, which is how long its revocation is needed.
fn longest_token() -> anyhow::Result<Duration> {
    let text = job::variable("longest_token")?;
    vocabulary::duration(&text).with_context(|| format!("variable longest_token: {text:?}"))
}

/// Deletes batch by batch until there is nothing left to delete. `call` is a call of one of the schema's functions,
/// in which `$1` is how many rows it deletes at most.
fn purge(database: &Database, call: &str) -> anyhow::Result<i64> {
    let statement = format!("SELECT shell.{call}");
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
