//! refinery's view of the database: it reads, orders, checksums and records; what it hands over is
//! executed as one statement.

use job::database::{Database, DbValue, Fault};
use refinery::Migration;
use refinery_core::traits::sync::{Migrate, Query, Transaction};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    batch::{self, Part},
    folder,
};

/// Where refinery records what ran.
pub const TABLE: &str = "shell.refinery_schema_history";

/// The database, and the files whose texts it will be handed.
pub struct History<'a> {
    pub database: &'a Database,
    pub files: &'a [Migration],
}

impl Transaction for History<'_> {
    type Error = Fault;

    fn execute<'a, T: Iterator<Item = &'a str>>(&mut self, texts: T) -> Result<usize, Fault> {
        let parts: Vec<_> = texts
            .map(|text| Part {
                name: self.file_of(text),
                text,
            })
            .collect();
        // Nothing to run, nothing to lock: a batch without texts is what an up-to-date schema gives.
        if !parts.is_empty() {
            self.database.execute(&batch::statement(&parts), &[])?;
        }
        Ok(parts.len())
    }
}

impl Query<Vec<Migration>> for History<'_> {
    fn query(&mut self, query: &str) -> Result<Vec<Migration>, Fault> {
        let query = query.trim_end_matches(';');
        let always_a_row = format!("SELECT h.* FROM (SELECT 1) one LEFT JOIN ({query}) h ON true");
        let rows = self.database.rows(&always_a_row, &[])?;
        rows.into_iter()
            .filter(|row| !matches!(row.first(), Some(DbValue::DbNull)))
            .map(|row| recorded(row).ok_or(Fault::Unexpected))
            .collect()
    }
}

impl Migrate for History<'_> {}

impl History<'_> {
    fn file_of(&self, text: &str) -> Option<String> {
        let file = self.files.iter().find(|file| file.sql() == Some(text))?;
        Some(folder::file_name(file))
    }
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
