//! The job: apply what is missing, then see to the role that the HTTP functions run as and to the
//! audit trail's partitions.

use std::{path::Path, time::Duration};

use anyhow::{Context, bail};
use job::{
    audit,
    database::{Database, DbValue, Fault, ParameterValue},
};
use percent_encoding::percent_decode_str;
use postgres_protocol::password::scram_sha_256;
use refinery::{Migration, Report, Runner, error::Kind};
use refinery_core::traits::sync::Migrate;
use serde::Serialize;

use crate::{
    folder,
    history::{History, TABLE},
};

/// Where the manifest mounts the migrations.
const FOLDER: &str = "/migrations";

pub fn migrate() -> anyhow::Result<()> {
    let arguments: Vec<_> = job::arguments().collect();
    let dry_run = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--dry-run"] => true,
        _ => bail!("unknown arguments {arguments:?}: expected none, or --dry-run"),
    };
    let files = folder::read(Path::new(FOLDER))?;
    let database = Database::open(&job::variable("migration_database_url")?)?;
    if dry_run {
        return announce(&database, &files);
    }

    let report = apply(&database, &files)?;
    let applied = report.applied_migrations().iter();
    let applied: Vec<_> = applied.map(folder::file_name).collect();
    for file in &applied {
        println!("applied {file}");
    }
    let role = prepare_runtime_role(&database)?;
    for done in &role {
        println!("{done}");
    }
    let partitions = audit::make_partitions(&database)?;
    for name in &partitions {
        println!("made partition {name}");
    }
    let prepared = Prepared { role, partitions };
    match (applied.is_empty(), prepared.is_nothing()) {
        (true, true) => println!("nothing to do: all {} migrations are applied", files.len()),
        (_, true) => {}
        // What was applied was written down in the statement that applied it.
        (_, false) => audit::record(&database, "migrate", "database.prepared", &prepared)?,
    }
    Ok(())
}

/// How often a run tries to apply what is left.
const ATTEMPTS: u32 = 10;
/// What a run that gave way leaves to others.
const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);

/// What a run did beside applying migrations, as its event has it.
#[derive(Serialize)]
struct Prepared {
    role: Vec<String>,
    partitions: Vec<String>,
}

impl Prepared {
    fn is_nothing(&self) -> bool {
        self.role.is_empty() && self.partitions.is_empty()
    }
}

/// Says what would run, and writes nothing.
fn announce(database: &Database, files: &[Migration]) -> anyhow::Result<()> {
    let exists = database.row(
        "SELECT to_regclass($1) IS NOT NULL",
        &[ParameterValue::Str(TABLE.to_owned())],
    )?;
    let pending = match exists {
        [DbValue::Boolean(true)] => History { database, files }
            .get_unapplied_migrations(files, true, true, TABLE)
            .map_err(explain)?,
        _ => files.to_vec(),
    };
    for migration in &pending {
        println!("would apply {}", folder::file_name(migration));
    }
    if pending.is_empty() {
        println!("nothing to do: all {} migrations are applied", files.len());
    }
    Ok(())
}

fn apply(database: &Database, files: &[Migration]) -> anyhow::Result<Report> {
    let mut runner = Runner::new(files)
        .set_grouped(true)
        .set_abort_divergent(true)
        .set_abort_missing(true);
    runner.set_migration_table_name(TABLE);
    let run = || runner.run(&mut History { database, files });
    for _ in 1..ATTEMPTS {
        match run() {
            // Another run held the lock and recorded the same migrations: read again what is left.
            Err(fault) if is_recorded_already(&fault) => {}
            // It gave way to whoever uses a table; meanwhile, others get their turn.
            Err(fault) if is_in_use(&fault) => {
                println!("a table is in use: nothing applied yet, trying again");
                std::thread::sleep(BETWEEN_ATTEMPTS);
            }
            result => return result.map_err(explain),
        }
    }
    run().map_err(explain)
}

fn is_recorded_already(fault: &refinery::Error) -> bool {
    matches!(
        refused(fault),
        Some(("23505", Some("refinery_schema_history_pkey")))
    )
}

/// A lock was not had in time, or two waited for each other and this run was the one to give up.
fn is_in_use(fault: &refinery::Error) -> bool {
    matches!(refused(fault), Some(("55P03" | "40P01", _)))
}

/// The SQLSTATE, and the constraint that stood against it.
fn refused(fault: &refinery::Error) -> Option<(&str, Option<&str>)> {
    let Kind::Connection(_, cause) = fault.kind() else {
        return None;
    };
    match cause.downcast_ref()? {
        Fault::Refused {
            code, constraint, ..
        } => Some((code, constraint.as_deref())),
        _ => None,
    }
}

/// refinery's words name a migration; ours name the file, and what to do.
fn explain(fault: refinery::Error) -> anyhow::Error {
    match fault.kind() {
        Kind::DivergentVersion(applied, file) => anyhow::anyhow!(
            "{}: changed since it was applied as {}; restore the file and put the change into a new migration",
            folder::file_name(file),
            folder::file_name(applied),
        ),
        Kind::MissingVersion(missing) if missing.applied_on().is_some() => anyhow::anyhow!(
            "{}: was applied, but is not in the folder; restore the file",
            folder::file_name(missing),
        ),
        Kind::MissingVersion(late) => anyhow::anyhow!(
            "{}: later migrations were applied already; give it the next number",
            folder::file_name(late),
        ),
        Kind::RepeatedVersion(repeated) => anyhow::anyhow!(
            "{}: another migration has the same number",
            folder::file_name(repeated),
        ),
        Kind::Connection(_, cause) => anyhow::anyhow!("{cause}"),
        _ => anyhow::Error::new(fault),
    }
}

fn prepare_runtime_role(database: &Database) -> anyhow::Result<Vec<String>> {
    // In URLs, where the functions have them from, they are percent-encoded.
    let decoded = |name: &str| -> anyhow::Result<String> {
        let value = job::variable(name)?;
        let decoded = percent_decode_str(&value)
            .decode_utf8()
            .with_context(|| name.to_owned())?;
        Ok(decoded.into_owned())
    };
    let user = decoded("database_user")?;
    let password = decoded("database_password")?;
    if user.is_empty() || password.is_empty() {
        bail!("database_user and database_password must not be empty");
    }
    let row = database
        .row(
            "SELECT coalesce(array_agg(done), '{}') FROM shell.prepare_runtime_role($1, $2) AS done",
            &[
                ParameterValue::Str(user.clone()),
                ParameterValue::Str(scram_sha_256(password.as_bytes())),
            ],
        )
        .with_context(|| {
            format!(
                "the migrations are applied, but role \"{user}\" is not ready; where the owner may not \
                 create roles, an administrator runs: CREATE ROLE \"{user}\" LOGIN PASSWORD …; \
                 GRANT shell_runtime TO \"{user}\""
            )
        })?;
    match row {
        [DbValue::ArrayStr(done)] => Ok(done.into_iter().flatten().collect()),
        _ => Err(Fault::Unexpected.into()),
    }
}
