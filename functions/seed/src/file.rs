//! The description of a CSV file, by which it is checked and written.

use crate::{
    apps,
    column::Column,
    identity_providers, organizations, permissions,
    references::{References, Subject},
    resources, role_assignments, roles,
    row::Row,
    ssf_transmitters, users,
};

/// The files, in the order in which they are read and written: a file comes after those that it refers to. Data that
/// HTTP functions change, too, come late, since they are locked from there on.
pub static FILES: [&File; 9] = [
    &identity_providers::FILE,
    &ssf_transmitters::FILE,
    &organizations::FILE,
    &users::FILE,
    &apps::FILE,
    &roles::FILE,
    &permissions::FILE,
    &role_assignments::FILE,
    &resources::FILE,
];

/// The description of one file.
pub struct File {
    pub name: &'static str,
    /// What its rows are, if other files refer to them.
    pub describes: Option<Subject>,
    pub columns: &'static [Column],
    /// Sets of columns; no two rows of the file may have the same values in all columns of a set.
    pub keys: &'static [&'static [&'static str]],
    /// Columns in which several rows may have the same values; a number, `number` in JSON, then counts these rows in
    /// their order.
    pub numbered: &'static [&'static str],
    /// Checks that the columns cannot describe.
    pub check: Option<fn(Run) -> Box<dyn Check>>,
    /// If rows are written in groups: the column that they have in common, and the name of a group's rows in JSON.
    pub groups: Option<(&'static str, &'static str)>,
    /// The SQL functions that write its rows, one after the other.
    pub steps: &'static [Step],
}

/// A function of the schema `shell` that writes a batch of rows.
pub struct Step {
    pub function: &'static str,
    /// Whether it also changes existing rows with `--update`, not only adds missing ones.
    pub updates: bool,
    /// Whether it may skip rows.
    pub passes_over: bool,
    /// The name of its count in the event of the run.
    pub counted_as: &'static str,
}

/// The options of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run {
    /// Whether existing rows are changed.
    pub update: bool,
}

/// Checks the rows of one file against each other and against the database.
pub trait Check {
    /// Checks a row, and adds it to the references of later rows, even if a cell is invalid.
    fn row(&mut self, row: &mut Row<'_>, references: &mut References);

    /// The question that PostgreSQL must answer before more rows are checked, or after the last row.
    fn question(&mut self, _at_end: bool) -> serde_json::Result<Option<Question>> {
        Ok(None)
    }

    /// Receives the answer to it.
    fn answer(&mut self, _answer: &str) -> serde_json::Result<()> {
        Ok(())
    }

    /// The errors that only all rows together show.
    fn end(&mut self) -> Vec<Late> {
        Vec::new()
    }
}

/// A call of a function of the schema `shell` that takes JSON and `Run::update`, and returns JSON.
pub struct Question {
    pub function: &'static str,
    pub json: String,
}

/// An error that is found after its row was read.
pub struct Late {
    pub line: u64,
    pub column: &'static str,
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows return nothing for a column that they do not have, so that a misspelled name would go unnoticed.
    #[test]
    fn descriptions_name_columns_that_are_there() {
        for file in FILES {
            let keys = file.keys.iter().copied().flatten().copied();
            let named = keys.chain(file.numbered.iter().copied());
            for name in named.chain(file.groups.map(|(column, _)| column)) {
                let found = file.columns.iter().filter(|column| column.name == name);
                assert_eq!(found.count(), 1, "{}: {name}", file.name);
            }
        }
    }
}
