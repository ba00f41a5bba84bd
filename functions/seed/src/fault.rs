//! An error in a file, and its location.

use std::fmt;

/// One error, shown as `file:line:column: what, and what was expected`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    pub file: &'static str,
    /// The line on which the record starts; the header is line 1.
    pub line: u64,
    /// The column's name in the header.
    pub column: String,
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            message,
        } = self;
        write!(f, "{file}:{line}:{column}: {message}")
    }
}

/// A value as an error shows it: short, in quotes, and harmless to a terminal.
pub fn shown(value: &str) -> String {
    let mut short: String = value.chars().take(60).collect();
    if short.len() < value.len() {
        short.push('…');
    }
    format!("{short:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_short_and_harmless() {
        assert_eq!(shown("a\u{1b}[31m"), r#""a\u{1b}[31m""#);
        assert_eq!(shown(&"é".repeat(61)).chars().count(), 63);
    }
}
