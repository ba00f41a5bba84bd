//! Why a request to the Shell failed, and what to do next.

use std::fmt;

/// A failed request. Its texts never contain the token.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong.
    pub what: String,
    /// What to do next.
    pub next: &'static str,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
}

impl Failure {
    /// A failure with these texts.
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
