//! The job: the audit trail's partitions to come, and what it need not remember any longer.

use anyhow::{Context, bail};
use job::{
    audit,
    database::{Database, DbValue, Fault, ParameterValue},
};

/// Rows that one statement deletes of each table: appends wait for none of them, and what a run that
/// is stopped has done stays done.
const BATCH: i32 = 10_000;

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
    let purged = purge(&database)?;
    if purged > 0 {
        println!("purged {purged} ids and keys of audit events");
    }
    if partitions.is_empty() && purged == 0 {
        println!("nothing to do");
    }
    Ok(())
}

/// Deletes batch by batch until there is nothing left to delete.
fn purge(database: &Database) -> anyhow::Result<i64> {
    let mut purged = 0;
    loop {
        let most = ParameterValue::Int32(BATCH);
        let row = database.row("SELECT shell.purge_audit_ids($1)", &[most])?;
        let [DbValue::Int64(more)] = row else {
            return Err(Fault::Unexpected.into());
        };
        if more == 0 {
            return Ok(purged);
        }
        purged += more;
    }
}
