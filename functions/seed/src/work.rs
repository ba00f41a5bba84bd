//! The job: check all files, and only then write what is missing.

use std::{fs::File, io::ErrorKind, path::Path};

use anyhow::{Context, bail};
use job::{
    audit,
    database::{Database, DbValue, Fault as DatabaseFault},
    progress::Watched,
};

use serde::Serialize;

use crate::{
    apps,
    fault::Fault,
    organizations,
    references::References,
    table::{Columns, Row, Table},
    users,
    write::{Writer, Written},
};

/// Where the manifest mounts the files.
const FOLDER: &str = "/seed-data";

/// Rows that go to PostgreSQL in one statement.
const BATCH: usize = 5_000;

/// Keeps two runs apart; any number that nothing else locks.
const LOCK: &str = "SELECT pg_advisory_xact_lock(91725106310658)";

pub fn seed() -> anyhow::Result<()> {
    let arguments: Vec<_> = job::arguments().collect();
    let update = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--update"] => true,
        _ => bail!("unknown arguments {arguments:?}: expected none, or --update"),
    };
    look_around()?;

    let database = Database::open(&job::variable("migration_database_url")?)?;
    database.execute("BEGIN", &[])?;
    let result = check_and_write(&database, update);
    let end = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
    // Where the connection broke, the transaction ended with it, and the first fault says why.
    let ended = database.execute(end, &[]);
    result.and(ended.map_err(Into::into))
}

fn check_and_write(database: &Database, update: bool) -> anyhow::Result<()> {
    database.execute(LOCK, &[])?;
    check(&mut references(database)?)?;
    write(database, update)
}

/// Says what the folder holds that is not read, and refuses one that holds nothing.
fn look_around() -> anyhow::Result<()> {
    let known = [&organizations::COLUMNS, &apps::COLUMNS, &users::COLUMNS].map(|of| of.file);
    let mut any = false;
    for entry in Path::new(FOLDER)
        .read_dir()
        .context("the folder cannot be read")?
    {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        any |= known.contains(&name.as_ref());
        if name.ends_with(".csv") && !known.contains(&name.as_ref()) {
            eprintln!("{name}: not read, expected {}", known.join(", "));
        }
    }
    if !any {
        bail!(
            "no file to seed, expected at least one of {}",
            known.join(", ")
        );
    }
    Ok(())
}

fn references(database: &Database) -> anyhow::Result<References> {
    let statement = "SELECT providers, organizations, organization_providers, domains, \
                     domain_owners FROM shell.seed_references()";
    let columns = database
        .row::<5>(statement, &[])
        .context("the database is not ready; run the migrations first")?;
    let mut texts = Vec::new();
    for column in columns {
        let DbValue::ArrayStr(values) = column else {
            return Err(DatabaseFault::Unexpected.into());
        };
        texts.push(values.into_iter().flatten().collect::<Vec<_>>());
    }
    let [providers, organizations, their_providers, domains, owners] =
        <[Vec<String>; 5]>::try_from(texts).map_err(|_| DatabaseFault::Unexpected)?;
    Ok(References {
        providers: providers.into_iter().collect(),
        organizations: organizations.into_iter().zip(their_providers).collect(),
        domains: domains.into_iter().zip(owners).collect(),
    })
}

/// In the order of the foreign keys: what a file refers to is known before it.
fn check(references: &mut References) -> anyhow::Result<()> {
    let mut faults = Vec::new();
    let mut organizations = organizations::Check::default();
    each_row("checking", &organizations::COLUMNS, &mut faults, |row| {
        organizations.row(row, references);
        Ok(())
    })?;
    let mut apps = apps::Check::default();
    each_row("checking", &apps::COLUMNS, &mut faults, |row| {
        apps.row(row, references);
        Ok(())
    })?;
    let mut users = users::Check::default();
    each_row("checking", &users::COLUMNS, &mut faults, |row| {
        users.row(row, references);
        Ok(())
    })?;

    for fault in &faults {
        eprintln!("{fault}");
    }
    match faults.len() {
        0 => Ok(()),
        1 => bail!("1 fault; nothing was written"),
        count => bail!("{count} faults; nothing was written"),
    }
}

fn write(database: &Database, update: bool) -> anyhow::Result<()> {
    let writer = Writer { database, update };
    let organizations = write_file(&organizations::COLUMNS, organizations::read, |rows| {
        writer.organizations(rows)
    })?;
    let mut enabled = 0;
    let apps = write_file(&apps::COLUMNS, apps::read, |rows| {
        let (written, more) = writer.apps(rows)?;
        enabled += more;
        Ok(written)
    })?;
    let users = write_file(&users::COLUMNS, users::read, |rows| writer.users(rows))?;
    let done = Done {
        organizations,
        apps,
        enabled,
        users,
    };
    if done.is_nothing() {
        return Ok(());
    }
    audit::record(database, "seed", "data.seeded", &done)
}

/// What a run changed, as its event has it.
#[derive(Serialize)]
struct Done {
    organizations: Written,
    apps: Written,
    enabled: i64,
    users: Written,
}

impl Done {
    fn is_nothing(&self) -> bool {
        let files = [&self.organizations, &self.apps, &self.users];
        self.enabled == 0 && files.iter().all(|written| written.is_nothing())
    }
}

/// Writes a file's rows, batch by batch, and says what came of it.
fn write_file<T>(
    columns: &'static Columns,
    read: impl Fn(&mut Row<'_>) -> Option<T>,
    mut write: impl FnMut(Vec<T>) -> anyhow::Result<Written>,
) -> anyhow::Result<Written> {
    let mut written = Written::default();
    let mut batch = Vec::new();
    let mut rows = 0_u64;
    let mut faults = Vec::new();
    let present = each_row("writing", columns, &mut faults, |row| {
        rows += 1;
        batch.extend(read(row));
        if batch.len() == BATCH {
            written += write(std::mem::take(&mut batch))?;
        }
        Ok(())
    })?;
    written += write(batch)?;
    // The check found none: somebody wrote to the file since.
    if let Some(fault) = faults.first() {
        bail!("{fault}; the file changed while it was read, nothing was written");
    }
    if present {
        let Written { added, changed } = &written;
        println!(
            "{}: {rows} rows, {added} added, {changed} changed",
            columns.file
        );
    }
    Ok(written)
}

/// Calls `each` with every row of a file; answers whether the file is there.
fn each_row(
    doing: &str,
    columns: &'static Columns,
    faults: &mut Vec<Fault>,
    each: impl FnMut(&mut Row<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<bool> {
    let path = Path::new(FOLDER).join(columns.file);
    let length = match path.metadata() {
        // Opening another kind, a pipe say, could wait for ever.
        Ok(found) if !found.is_file() => bail!("{}: expected a file", columns.file),
        Ok(found) => found.len(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error).context(columns.file),
    };
    let source = File::open(&path).context(columns.file)?;
    let watched = Watched::new(source, format!("{doing} {}", columns.file), length);
    if let Some(table) = Table::open(columns, watched, faults) {
        table.for_each(faults, each)?;
    }
    Ok(true)
}
