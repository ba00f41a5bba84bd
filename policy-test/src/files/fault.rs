//! The errors in a file, and their places.

use std::fmt;

/// A place in a file, counted from 1; columns are counted in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// An error in a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its place; `None` if the file cannot be read.
    pub at: Option<Place>,
    /// What is wrong, and what was expected.
    pub what: String,
}

/// The errors found in a file so far.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Adds an error.
    pub fn add(&mut self, at: Place, what: impl Into<String>) {
        let what = what.into();
        self.0.push(Fault { at: Some(at), what });
    }

    /// All errors, in the order of the file.
    pub fn into_sorted(mut self) -> Vec<Fault> {
        self.0
            .sort_by_key(|fault| fault.at.map(|at| (at.line, at.column)));
        self.0
    }
}
