//! Why the Shell could not be asked, and what to do next.

use std::fmt;

/// What went wrong. It never holds the token.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    /// What.
    pub what: String,
    /// What to do next.
    pub next: &'static str,
    /// The status of the answer, where one came.
    pub status: Option<u16>,
}

impl Failure {
    /// Of these words.
    pub fn new(what: impl Into<String>, next: &'static str) -> Self {
        let what = what.into();
        Self {
            what,
            next,
            status: None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.next)
    }
}
