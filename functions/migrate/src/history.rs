//! refinery's view of the database: refinery reads, orders, checksums and records migrations; the texts that it passes
//! here are executed as one statement, together with the pending files of functions.

use job::database::{Database, DbValue, Fault, ParameterValue};
use refinery::Migration;
use refinery_core::traits::sync::{Migrate, Query, Transaction};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    batch::{Batch, Part},
    folder::{self, Folder},
    function_files::FunctionFile,
    noted::{self, Noted},
};

/// The table in which refinery records what was applied.
pub const TABLE: &str = "shell.refinery_schema_history";

/// The database, the migrations whose texts refinery passes, and the files of functions, which it does not know.
pub struct History<'a> {
    pub database: &'a Database,
    pub folder: &'a Folder,
    pub pending: &'a [&'a FunctionFile],
    pub noted: &'a [Noted],
    /// The versions that the history had when refinery read it.
    versions: Vec<i32>,
}

impl<'a> History<'a> {
    pub fn new(
        database: &'a Database,
        folder: &'a Folder,
        pending: &'a [&'a FunctionFile],
        noted: &'a [Noted],
    ) -> Self {
        Self {
            database,
            folder,
            pending,
            noted,
            versions: Vec::new(),
        }
    }

    fn file_of(&self, text: &str) -> Option<String> {
        let files = self.folder.migrations.iter();
        let file = files.into_iter().find(|file| file.sql() == Some(text))?;
        Some(folder::file_name(file))
    }
}

impl Transaction for History<'_> {
    type Error = Fault;

    /// Called once in a run, since [`Migrate::assert_migrations_table`] is overridden: with the text and the record of
    /// every missing migration, or with nothing if none is missing.
    fn execute<'a, T: Iterator<Item = &'a str>>(&mut self, texts: T) -> Result<usize, Fault> {
        let table = Self::assert_migrations_table_query(TABLE);
        let mut parts = vec![part("the history of migrations".to_owned(), &table)];
        let mut files = Vec::new();
        for text in texts {
            let file = self.file_of(text);
            files.extend(file.clone());
            let doing = file.unwrap_or_else(|| "the history of migrations".to_owned());
            parts.push(part(doing, text));
        }
        for file in self.pending {
            files.push(file.path());
            parts.push(part(file.path(), &file.text));
            parts.push(part(format!("the record of {}", file.path()), &note(file)));
        }
        if files.is_empty() {
            return Ok(0);
        }
        let batch = Batch {
            parts,
            files,
            standing: noted::standing(&self.versions, self.noted),
            runtime: &self.folder.runtime,
        };
        self.database.execute(&batch.statement(), &[])?;
        Ok(batch.files.len())
    }
}

impl Query<Vec<Migration>> for History<'_> {
    fn query(&mut self, query: &str) -> Result<Vec<Migration>, Fault> {
        if !exists(self.database, TABLE)? {
            self.versions.clear();
            return Ok(Vec::new());
        }
        let query = query.trim_end_matches(';');
        let always_a_row = format!("SELECT h.* FROM (SELECT 1) one LEFT JOIN ({query}) h ON true");
        let rows = self.database.rows(&always_a_row, &[])?;
        let migrations: Vec<_> = rows
            .into_iter()
            .filter(|row| !matches!(row.first(), Some(DbValue::DbNull)))
            .map(|row| recorded(row).ok_or(Fault::Unexpected))
            .collect::<Result<_, _>>()?;
        self.versions = migrations.iter().map(Migration::version).collect();
        Ok(migrations)
    }
}

impl Migrate for History<'_> {
    /// The table is created in the batch, under its lock; until then there is no history.
    fn assert_migrations_table(&mut self, _: &str) -> Result<usize, refinery::Error> {
        Ok(0)
    }
}

/// Whether there is a table of this name.
pub fn exists(database: &Database, table: &str) -> Result<bool, Fault> {
    let name = ParameterValue::Str(table.to_owned());
    match database.row("SELECT pg_catalog.to_regclass($1) IS NOT NULL", &[name])? {
        [DbValue::Boolean(exists)] => Ok(exists),
        _ => Err(Fault::Unexpected),
    }
}

/// The records of files of functions that were applied.
pub fn noted(database: &Database) -> Result<Vec<Noted>, Fault> {
    if !exists(database, "shell.function_files")? {
        return Ok(Vec::new());
    }
    let always_a_row = "SELECT f.file, f.sha256, f.is_current \
        FROM (SELECT 1) one LEFT JOIN shell.function_files f ON true";
    let rows = database.rows(always_a_row, &[])?;
    let noted = rows
        .into_iter()
        .filter_map(|row| match <[DbValue; 3]>::try_from(row) {
            Ok(
                [
                    DbValue::Str(file),
                    DbValue::Str(sha256),
                    DbValue::Boolean(is_current),
                ],
            ) => Some(Ok(Noted {
                file,
                sha256,
                is_current,
            })),
            Ok([DbValue::DbNull, ..]) => None,
            _ => Some(Err(Fault::Unexpected)),
        });
    noted.collect()
}

fn part(doing: String, text: &str) -> Part {
    Part {
        doing,
        text: text.to_owned(),
    }
}

/// The statements that record this version of a file as the current one. A file's name and checksum need no quoting.
fn note(FunctionFile { name, sha256, .. }: &FunctionFile) -> String {
    format!(
        "UPDATE shell.function_files SET is_current = false WHERE file = '{name}' AND is_current;
         INSERT INTO shell.function_files (file, sha256, is_current) VALUES ('{name}', '{sha256}', true)"
    )
}

fn recorded(row: Vec<DbValue>) -> Option<Migration> {
    let [
        DbValue::Int32(version),
        DbValue::Str(name),
        DbValue::Str(applied_on),
        DbValue::Str(checksum),
    ] = <[DbValue; 4]>::try_from(row).ok()?
    else {
        return None;
    };
    let applied_on = OffsetDateTime::parse(&applied_on, &Rfc3339).ok()?;
    Some(Migration::applied(
        version,
        name,
        applied_on,
        checksum.parse().ok()?,
    ))
}
