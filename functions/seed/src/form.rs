//! The form of CSV (RFC 4180): the end of a record, and the errors in the form.
//!
//! It is written here because existing CSV readers silently accept what breaks the form, such as a quote inside a cell,
//! so that an error shows on other lines or not at all. It does not read the values.

use crate::flaw::Flaw;

/// Reads one record at a time, byte by byte.
#[derive(Default)]
pub struct Form {
    line: u64,
    text: Vec<u8>,
    flaws: Vec<(usize, Flaw)>,
    state: State,
    /// How many cells have ended, which is the position of the present cell.
    cell: usize,
    /// Whether the byte before was a carriage return, which must be followed by a line feed.
    returned: bool,
    /// How many lines have ended, in all records.
    lines: u64,
}

#[derive(Clone, Copy, Default, Eq, PartialEq)]
enum State {
    /// Before a cell's first byte.
    #[default]
    Start,
    /// After white space at a cell's start.
    Space,
    /// In a cell without quotes, or after an error in this cell.
    Plain,
    /// Inside quotes.
    Quoted,
    /// After a quote inside quotes, which is the closing one or the first half of a doubled one.
    Closed,
}

impl Form {
    /// Begins a record.
    pub fn begin(&mut self) {
        self.line = self.lines + 1;
        self.text.clear();
        self.flaws.clear();
        self.state = State::Start;
        self.cell = 0;
    }

    /// Reads a byte, and returns whether it ends the record.
    pub fn take(&mut self, byte: u8) -> bool {
        if std::mem::take(&mut self.returned) && byte != b'\n' {
            self.lone_return();
        }
        if byte == b'\r' {
            self.returned = true;
            return false;
        }
        self.text.push(byte);
        self.lines += u64::from(byte == b'\n');
        self.state = match (self.state, byte) {
            (State::Quoted, b'"') => State::Closed,
            (State::Quoted, _) | (State::Start | State::Closed, b'"') => State::Quoted,
            (_, b'\n') => return true,
            (_, b',') => {
                self.cell += 1;
                State::Start
            }
            (State::Space, b'"') => {
                self.flaw(Flaw::SpaceAtQuote);
                State::Quoted
            }
            (State::Start | State::Space, _) if byte.is_ascii_whitespace() => State::Space,
            (State::Closed, b' ' | b'\t') => {
                self.flaw(Flaw::SpaceAtQuote);
                State::Plain
            }
            (State::Closed, _) => {
                self.flaw(Flaw::AfterQuote);
                State::Plain
            }
            (State::Plain, b'"') => {
                self.flaw(Flaw::QuoteInside);
                State::Plain
            }
            (State::Start | State::Space | State::Plain, _) => State::Plain,
        };
        false
    }

    /// Ends the last record if no line feed did, and returns whether there was one.
    pub fn end(&mut self) -> bool {
        if std::mem::take(&mut self.returned) {
            self.lone_return();
        }
        if self.text.is_empty() {
            return false;
        }
        if self.state == State::Quoted {
            self.flaw(Flaw::Open);
        }
        self.text.push(b'\n');
        true
    }

    fn lone_return(&mut self) {
        self.text.push(b'\r');
        self.state = match self.state {
            State::Quoted => return,
            State::Start | State::Space => State::Space,
            State::Plain | State::Closed => State::Plain,
        };
        self.flaw(Flaw::LoneReturn);
    }

    /// Adds an error in the present cell. Only the first one in a cell is stored, since the others follow from it.
    pub fn flaw(&mut self, flaw: Flaw) {
        let last = self.flaws.last();
        if last.is_none_or(|(cell, _)| *cell != self.cell) {
            self.flaws.push((self.cell, flaw));
        }
    }

    /// The line on which the record starts.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The record as it is in the file, but with line feeds as its line ends; the last byte is one.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The errors in the record's form, with the positions of their cells: at most one in each cell.
    pub fn flaws(&self) -> &[(usize, Flaw)] {
        &self.flaws
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Told = (u64, String, Vec<(usize, Flaw)>);

    fn told(text: &str) -> Vec<Told> {
        let mut form = Form::default();
        let mut told = Vec::new();
        let mut tell = |form: &mut Form| {
            let text = String::from_utf8_lossy(form.text()).into_owned();
            told.push((form.line(), text, form.flaws().to_vec()));
            form.begin();
        };
        form.begin();
        for byte in text.bytes() {
            if form.take(byte) {
                tell(&mut form);
            }
        }
        if form.end() {
            tell(&mut form);
        }
        told
    }

    #[test]
    fn a_record_ends_at_a_line_end_outside_quotes() {
        for (text, expected) in [
            ("", &[][..]),
            ("a,b", &[(1, "a,b\n")]),
            ("a,\r\nb\r\n", &[(1, "a,\n"), (2, "b\n")]),
            ("\n\r\na\n", &[(1, "\n"), (2, "\n"), (3, "a\n")]),
            (
                "\"a,\r\n\"\"b\"\"\"\nc",
                &[(1, "\"a,\n\"\"b\"\"\"\n"), (3, "c\n")],
            ),
            ("\"a\rb\"", &[(1, "\"a\rb\"\n")]),
        ] {
            let expected: Vec<_> = expected
                .iter()
                .map(|(line, text)| (*line, (*text).to_owned(), vec![]))
                .collect();
            assert_eq!(told(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_flaw_stands_at_its_own_line_and_cell() {
        for (text, expected) in [
            ("a\nb,5\" disk\nc\n", &[(2, 1, Flaw::QuoteInside)][..]),
            // Two such quotes are two errors, not one cell over two lines.
            (
                "a,5\" b\nc\nd,3\" e\n",
                &[(1, 1, Flaw::QuoteInside), (3, 1, Flaw::QuoteInside)],
            ),
            (
                "\"a\nb\" c,d\ne\"\n",
                &[(1, 0, Flaw::SpaceAtQuote), (3, 0, Flaw::QuoteInside)],
            ),
            ("\"a\"b\"c\",d\n", &[(1, 0, Flaw::AfterQuote)]),
            ("a, \"b, c\"\n", &[(1, 1, Flaw::SpaceAtQuote)]),
            ("a\rb\rc\r", &[(1, 0, Flaw::LoneReturn)]),
            ("\r", &[(1, 0, Flaw::LoneReturn)]),
            ("\"a\"\r\"b\"\n", &[(1, 0, Flaw::LoneReturn)]),
            ("a\n\"b\nc\n", &[(2, 0, Flaw::Open)]),
            (
                "a\",\"b\"c,d\re\n",
                &[
                    (1, 0, Flaw::QuoteInside),
                    (1, 1, Flaw::AfterQuote),
                    (1, 2, Flaw::LoneReturn),
                ],
            ),
        ] {
            let found: Vec<_> = told(text)
                .into_iter()
                .flat_map(|(line, _, flaws)| {
                    flaws
                        .into_iter()
                        .map(move |(cell, flaw)| (line, cell, flaw))
                })
                .collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
