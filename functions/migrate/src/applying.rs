//! Applying pending migrations, all of them or none, while other runs may do the same.

use std::time::Duration;

use anyhow::bail;
use job::database::{Database, DbValue, Fault};
use refinery::{Migration, Runner, error::Kind};
use refinery_core::traits::sync::Migrate;

use crate::{
    batch::OVERTAKEN,
    folder::{self, Folder},
    history::{self, History, TABLE},
    noted,
};

/// How often a run tries to lock tables that are in use.
const ATTEMPTS: u32 = 10;
/// How often it reads again which files are missing, after another run applied some: each other run does so once.
const READINGS: u32 = 100;
/// How long a run waits between attempts, so that others can use the tables.
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);

/// Applies every missing file, and returns the names of these files.
pub fn apply(database: &Database, folder: &Folder) -> anyhow::Result<Vec<String>> {
    let (mut attempt, mut reading) = (1, 1);
    loop {
        let fault = match apply_once(database, folder)? {
            Ok(files) => return Ok(files),
            Err(fault) => fault,
        };
        match refused(&fault) {
            Some(OVERTAKEN) if reading < READINGS => reading += 1,
            // A lock was not acquired in time, or a deadlock was resolved by cancelling this run. The wait before the
            // next attempt lets others finish.
            Some("55P03" | "40P01") if attempt < ATTEMPTS => {
                attempt += 1;
                println!("a table is in use; nothing was applied yet, trying again");
                std::thread::sleep(BETWEEN_ATTEMPTS);
            }
            _ => return Err(explain(fault)),
        }
    }
}

/// The files that a run would apply.
pub fn missing(database: &Database, folder: &Folder) -> anyhow::Result<Vec<String>> {
    let noted = history::noted(database)?;
    let pending = noted::pending(&folder.functions, &noted)?;
    let migrations = History::new(database, folder, &pending, &noted)
        .get_unapplied_migrations(&folder.migrations, true, true, TABLE)
        .map_err(explain)?;
    let migrations = migrations.iter().map(folder::file_name);
    Ok(migrations
        .chain(pending.iter().map(|file| file.path()))
        .collect())
}

/// Refuses a database from before the baseline, which no migration can bring up to date.
pub fn refuse_older(database: &Database) -> anyhow::Result<()> {
    if !history::exists(database, TABLE)? {
        return Ok(());
    }
    let query = "SELECT EXISTS (SELECT FROM shell.refinery_schema_history h
        WHERE h.version OPERATOR(pg_catalog.=) 1
          AND h.name::pg_catalog.text OPERATOR(pg_catalog.=) 'organizations'::pg_catalog.text)";
    match database.row(query, &[])? {
        [DbValue::Boolean(false)] => Ok(()),
        [DbValue::Boolean(true)] => bail!(
            "this database is from before the migrations started over with V1__tenants.sql and cannot be migrated: \
             export what you need, run DROP SCHEMA shell CASCADE as the owner, then migrate and seed"
        ),
        _ => Err(Fault::Unexpected.into()),
    }
}

/// The outer error is one of the folder, the inner one is one of the database or of refinery.
fn apply_once(
    database: &Database,
    folder: &Folder,
) -> anyhow::Result<Result<Vec<String>, refinery::Error>> {
    let noted = history::noted(database)?;
    let pending = noted::pending(&folder.functions, &noted)?;
    let mut runner = Runner::new(&folder.migrations)
        .set_grouped(true)
        .set_abort_divergent(true)
        .set_abort_missing(true);
    runner.set_migration_table_name(TABLE);
    let mut history = History::new(database, folder, &pending, &noted);
    let files = |applied: &[Migration]| {
        let migrations = applied.iter().map(folder::file_name);
        migrations
            .chain(pending.iter().map(|file| file.path()))
            .collect()
    };
    let report = runner.run(&mut history);
    Ok(report.map(|report| files(report.applied_migrations())))
}

/// The SQLSTATE of an error of the database.
fn refused(fault: &refinery::Error) -> Option<&str> {
    let Kind::Connection(_, cause) = fault.kind() else {
        return None;
    };
    match cause.downcast_ref()? {
        Fault::Refused { code, .. } => Some(code),
        _ => None,
    }
}

/// refinery's messages name a migration; these name the file, and say what to do.
fn explain(fault: refinery::Error) -> anyhow::Error {
    match fault.kind() {
        Kind::DivergentVersion(applied, file) => anyhow::anyhow!(
            "{}: has changed since it was applied as {}; restore the file and put the change into a new migration",
            folder::file_name(file),
            folder::file_name(applied),
        ),
        Kind::MissingVersion(missing) if missing.applied_on().is_some() => anyhow::anyhow!(
            "{}: was applied, but is missing from the folder; restore the file",
            folder::file_name(missing),
        ),
        Kind::MissingVersion(late) => anyhow::anyhow!(
            "{}: later migrations are already applied; give it the next number",
            folder::file_name(late),
        ),
        Kind::Connection(_, cause) => anyhow::anyhow!("{cause}"),
        _ => anyhow::Error::new(fault),
    }
}
