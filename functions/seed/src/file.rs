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

/// The files, in the order in which they are read and written: what a file refers to stands before
/// it. What HTTP functions change too comes late, since it is locked from there on.
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

/// One file.
pub struct File {
    pub name: &'static str,
    /// What others refer to by its rows.
    pub describes: Option<Subject>,
    pub columns: &'static [Column],
    /// Columns that together name one row of the file alone; there can be several such sets.
    pub keys: &'static [&'static [&'static str]],
    /// Columns that several rows may have in common; these are told apart by a number, `number` in JSON,
    /// which counts them in their order.
    pub numbered: &'static [&'static str],
    /// What the columns cannot say by themselves.
    pub check: Option<fn(Run) -> Box<dyn Check>>,
    /// Where rows are written in groups: the column that they have in common, and what the rows of a
    /// group are called.
    pub groups: Option<(&'static str, &'static str)>,
    /// The functions that take its rows, one after the other.
    pub steps: &'static [Step],
}

/// A function of the schema `shell` that takes a batch of rows.
pub struct Step {
    pub function: &'static str,
    /// Whether it changes rows where that is asked for, beside adding some.
    pub updates: bool,
    /// Whether there may be rows of which it leaves everything as it is.
    pub passes_over: bool,
    /// What the event of the run calls its count.
    pub counted_as: &'static str,
}

/// What a run is to do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run {
    /// Whether rows that exist are changed.
    pub update: bool,
}

/// Checks the rows of one file against each other and against what there is.
pub trait Check {
    /// Checks a row, and adds it to what others may refer to, even where a cell is at fault.
    fn row(&mut self, row: &mut Row<'_>, references: &mut References);

    /// What PostgreSQL must be asked before more rows are checked, or at their end.
    fn question(&mut self, _at_end: bool) -> serde_json::Result<Option<Question>> {
        Ok(None)
    }

    /// Takes the answer to it.
    fn answer(&mut self, _answer: &str) -> serde_json::Result<()> {
        Ok(())
    }

    /// What only all the rows together show.
    fn end(&mut self) -> Vec<Late> {
        Vec::new()
    }
}

/// A function of the schema `shell` that takes JSON and `Run::update`, and answers JSON.
pub struct Question {
    pub function: &'static str,
    pub json: String,
}

/// A fault that is found when its row has gone.
pub struct Late {
    pub line: u64,
    pub column: &'static str,
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows give nothing for a column that they do not have, so a slip would go unnoticed.
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
