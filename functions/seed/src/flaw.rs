//! What can break the form of CSV (RFC 4180).

use std::fmt;

/// One break, at one cell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Flaw {
    /// A quote in a cell that does not begin with one.
    QuoteInside,
    /// Something between a closing quote and the next comma or line end.
    AfterQuote,
    /// White space before an opening or after a closing quote.
    SpaceAtQuote,
    /// A carriage return that no line feed follows, outside quotes.
    LoneReturn,
    /// The file ends inside quotes.
    Open,
    /// No end within what a record may have.
    Endless,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::QuoteInside => {
                "a quote in a cell without quotes around it, expected quotes around the cell and those inside doubled"
            }
            Self::AfterQuote => {
                "text after the closing quote, expected a comma or the line's end (quotes inside are doubled)"
            }
            Self::SpaceAtQuote => "white space around the quotes, expected none",
            Self::LoneReturn => {
                "a carriage return alone, expected lines that end in a line feed, with or without one before it"
            }
            Self::Open => "a quote stays open, expected its end",
            Self::Endless => "more than 16 MiB, expected the record's end; a quote may stay open",
        })
    }
}
