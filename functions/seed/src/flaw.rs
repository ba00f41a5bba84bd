//! The errors in the form of a CSV file (RFC 4180).

use std::fmt;

/// One error in the form, in one cell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Flaw {
    /// A quote in a cell that does not begin with one.
    QuoteInside,
    /// Text between a closing quote and the next comma or the end of the line.
    AfterQuote,
    /// White space before an opening or after a closing quote.
    SpaceAtQuote,
    /// A carriage return that no line feed follows, outside quotes.
    LoneReturn,
    /// The file ends inside quotes.
    Open,
    /// The record does not end within the bytes that a record may have.
    Endless,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::QuoteInside => {
                "a quote in an unquoted cell, expected quotes around the cell and doubled quotes inside it"
            }
            Self::AfterQuote => {
                "text after the closing quote, expected a comma or the end of the line (quotes inside a cell are \
                 doubled)"
            }
            Self::SpaceAtQuote => "white space around the quotes, expected none",
            Self::LoneReturn => {
                "a carriage return alone, expected lines that end in LF or CRLF"
            }
            Self::Open => "an unclosed quote, expected a closing one",
            Self::Endless => "more than 16 MiB, expected the end of the record; a closing quote may be missing",
        })
    }
}
