//! The job: it applies pending migrations, then prepares the role of the HTTP functions, the audit trail's partitions,
//! and the order of its events.

use std::path::Path;

use anyhow::bail;
use job::{audit, database::Database};
use serde::Serialize;

use crate::{applying, folder::Folder, roles};

/// Where the manifest mounts the migrations.
const FOLDER: &str = "/migrations";

/// What a run did besides applying files, as its event has it.
#[derive(Serialize)]
struct Prepared {
    role: Vec<String>,
    partitions: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    positions: Vec<String>,
}

impl Prepared {
    fn is_nothing(&self) -> bool {
        self.role.is_empty() && self.partitions.is_empty() && self.positions.is_empty()
    }
}

pub fn migrate() -> anyhow::Result<()> {
    let arguments: Vec<_> = job::arguments().collect();
    let dry_run = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--dry-run"] => true,
        _ => bail!("unknown arguments {arguments:?}: expected none, or --dry-run"),
    };
    let folder = Folder::read(Path::new(FOLDER))?;
    let database = Database::open(&job::variable("migration_database_url")?)?;
    applying::refuse_older(&database)?;
    if dry_run {
        announce(&database, &folder)
    } else {
        run(&database, &folder)
    }
}

/// Prints what would be applied, and writes nothing.
fn announce(database: &Database, folder: &Folder) -> anyhow::Result<()> {
    let missing = applying::missing(database, folder)?;
    for file in &missing {
        println!("would apply {file}");
    }
    if missing.is_empty() {
        println!("{}", nothing_to_do(folder));
    }
    Ok(())
}

fn run(database: &Database, folder: &Folder) -> anyhow::Result<()> {
    let applied = applying::apply(database, folder)?;
    for file in &applied {
        println!("applied {file}");
    }
    let role = roles::prepare(database, &folder.runtime)?;
    for done in &role {
        println!("{done}");
    }
    let left = roles::left_to_an_administrator(database)?;
    if !left.is_empty() {
        println!(
            "other roles of this server can connect to the database; an administrator runs: {};",
            left.join("; ")
        );
    }
    let partitions = audit::make_partitions(database)?;
    for name in &partitions {
        println!("made partition {name}");
    }
    let positions = audit::settle_positions(database)?;
    for done in &positions {
        println!("{done}");
    }
    let prepared = Prepared {
        role,
        partitions,
        positions,
    };
    match (applied.is_empty(), prepared.is_nothing()) {
        (true, true) => println!("{}", nothing_to_do(folder)),
        (_, true) => {}
        // The applied files are in the event of the statement that applied them.
        (_, false) => audit::record(database, "migrate", "database.prepared", &prepared)?,
    }
    Ok(())
}

fn nothing_to_do(folder: &Folder) -> String {
    format!(
        "nothing to do: all {} migrations and {} files of functions are applied",
        folder.migrations.len(),
        folder.functions.len()
    )
}
