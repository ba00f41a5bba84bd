//! The job: check all files, and only then write what is missing.

use std::{io::ErrorKind, path::Path};

use anyhow::{Context, bail};
use job::{
    audit,
    database::{Database, DbValue, Fault as DatabaseFault},
    progress::Watched,
};

use crate::{
    batch::Batch,
    checking,
    file::{FILES, File, Run},
    references::References,
    table::Table,
    write::{self, Done, Written},
};

/// Where the manifest mounts the files.
const FOLDER: &str = "/seed-data";

/// Keeps two runs apart. The number is arbitrary; nothing else locks it.
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
    let result = check_and_write(&database, Run { update });
    let end = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
    // If the connection was lost, the transaction ended with it, and the first error says why.
    let ended = database.execute(end, &[]);
    result.and(ended.map_err(Into::into))
}

fn check_and_write(database: &Database, run: Run) -> anyhow::Result<()> {
    database.execute(LOCK, &[])?;
    check(database, run)?;
    write(database, run)
}

/// Prints the files of the folder that are ignored, and refuses a folder without a file to seed.
fn look_around() -> anyhow::Result<()> {
    let known = FILES.map(|file| file.name);
    let mut any = false;
    for entry in Path::new(FOLDER)
        .read_dir()
        .context("the folder cannot be read")?
    {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        any |= known.contains(&name.as_ref());
        if name.ends_with(".csv") && !known.contains(&name.as_ref()) {
            eprintln!("{name}: ignored, expected {}", known.join(", "));
        }
    }
    if !any {
        bail!(
            "there is no file to seed, expected at least one of {}",
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
        ..References::default()
    })
}

fn check(database: &Database, run: Run) -> anyhow::Result<()> {
    let mut references = references(database)?;
    let mut faults = Vec::new();
    for file in FILES {
        if let Some(source) = open("checking", file)? {
            checking::check(
                file,
                source,
                run,
                &mut references,
                &mut faults,
                |question| write::ask(database, question, run),
            )?;
        }
    }
    for fault in &faults {
        eprintln!("{fault}");
    }
    match faults.len() {
        0 => Ok(()),
        1 => bail!("1 error; nothing was written"),
        count => bail!("{count} errors; nothing was written"),
    }
}

fn write(database: &Database, run: Run) -> anyhow::Result<()> {
    let mut done = Done::default();
    for file in FILES {
        write_file(database, run, file, &mut done)?;
    }
    match done.event() {
        Some(event) => audit::record(database, "seed", "data.seeded", &event),
        None => Ok(()),
    }
}

/// Writes a file's rows, batch by batch, and prints the outcome.
fn write_file(
    database: &Database,
    run: Run,
    file: &'static File,
    done: &mut Done,
) -> anyhow::Result<()> {
    let mut written: Vec<_> = file
        .steps
        .iter()
        .map(|step| (step, Written::default()))
        .collect();
    let Some(source) = open("writing", file)? else {
        done.add(file, 0, written);
        return Ok(());
    };
    let mut batch = Batch::of(file);
    let mut rows = 0;
    let mut faults = Vec::new();
    let mut send = |batch: &mut Batch| {
        let Some(json) = batch.take() else {
            return Ok(());
        };
        for (step, written) in &mut written {
            *written += write::write(database, step, run, json.clone())?;
        }
        anyhow::Ok(())
    };
    if let Some(table) = Table::open(file, source, &mut faults) {
        table.for_each(&mut faults, |row| {
            rows += 1;
            if batch.add(row, clock::new_identifier())? {
                send(&mut batch)?;
            }
            anyhow::Ok(())
        })?;
    }
    send(&mut batch)?;
    // The check found no errors, so that the file has changed since.
    if let Some(fault) = faults.first() {
        bail!("{fault}; the file changed while it was being read, and nothing was written");
    }
    println!("{}", done.add(file, rows, written));
    Ok(())
}

/// Opens a file if it exists, and shows how much of it has been read.
fn open(doing: &str, file: &File) -> anyhow::Result<Option<Watched<std::fs::File>>> {
    let path = Path::new(FOLDER).join(file.name);
    let length = match path.metadata() {
        // Opening another kind, a pipe for example, could wait forever.
        Ok(found) if !found.is_file() => bail!("{}: expected a file", file.name),
        Ok(found) => found.len(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).context(file.name),
    };
    let source = std::fs::File::open(&path).context(file.name)?;
    let doing = format!("{doing} {}", file.name);
    Ok(Some(Watched::new(source, doing, length)))
}
