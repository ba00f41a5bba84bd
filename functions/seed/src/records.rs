//! A CSV file (RFC 4180) as records, read as a stream.
//!
//! Written out here because the readers that there are take what breaks the form without a word (a
//! quote inside a cell, say), so that one fault shows at other lines, or nowhere.

use std::io::{self, BufRead, BufReader, Read};

use crate::flaw::Flaw;

/// Bytes that a record has at most: a quote that stays open must not take the file into memory.
const LONGEST: usize = 16 * 1024 * 1024;

/// The records of a source.
pub struct Records<R> {
    source: BufReader<R>,
    parser: Parser,
    ended: bool,
}

/// One record: its cells, without the quotes around them, and what breaks its form.
#[derive(Default)]
pub struct Record {
    line: u64,
    text: Vec<u8>,
    ends: Vec<usize>,
    flaws: Vec<(usize, Flaw)>,
}

impl<R: Read> Records<R> {
    /// Of a source in UTF-8 or something alike.
    pub fn of(source: R) -> Self {
        Self {
            source: BufReader::with_capacity(64 * 1024, source),
            parser: Parser::default(),
            ended: false,
        }
    }

    /// The next record, empty lines included; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<&Record>> {
        self.parser.begin();
        while !self.ended {
            let chunk = self.source.fill_buf()?;
            if chunk.is_empty() {
                self.ended = true;
                return Ok(self.parser.end().then_some(&self.parser.record));
            }
            let end = chunk.iter().position(|byte| self.parser.take(*byte));
            let taken = end.map_or(chunk.len(), |last| last + 1);
            self.source.consume(taken);
            if end.is_some() {
                return Ok(Some(&self.parser.record));
            }
            if self.parser.record.text.len() > LONGEST {
                self.ended = true;
                self.parser.flaw(Flaw::Endless);
                return Ok(Some(&self.parser.record));
            }
        }
        Ok(None)
    }
}

impl Record {
    /// The line on which it starts.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// How many cells it has.
    pub fn width(&self) -> usize {
        self.ends.len()
    }

    /// A cell; empty where there is none.
    pub fn cell(&self, position: usize) -> &[u8] {
        let before = position.checked_sub(1);
        let start = before.map_or(Some(0), |before| self.ends.get(before).copied());
        start
            .zip(self.ends.get(position))
            .and_then(|(start, end)| self.text.get(start..*end))
            .unwrap_or_default()
    }

    /// What breaks its form, with the cells' positions: at most one of each.
    pub fn flaws(&self) -> &[(usize, Flaw)] {
        &self.flaws
    }

    /// Whether all its cells are empty or white space.
    pub fn is_blank(&self) -> bool {
        self.text.iter().all(u8::is_ascii_whitespace)
    }
}

#[derive(Clone, Copy, Default, Eq, PartialEq)]
enum State {
    /// Before a cell's first byte.
    #[default]
    Start,
    /// In a cell without quotes, or behind what a fault was found in.
    Plain,
    /// Inside quotes.
    Quoted,
    /// After a quote inside quotes: their end, or the first half of a doubled one.
    Closed,
}

#[derive(Default)]
struct Parser {
    record: Record,
    state: State,
    /// Whether the byte before was a carriage return, which belongs to the next one or to nothing.
    returned: bool,
    lines: u64,
}

impl Parser {
    fn begin(&mut self) {
        self.record.line = self.lines + 1;
        self.record.text.clear();
        self.record.ends.clear();
        self.record.flaws.clear();
        self.state = State::Start;
    }

    /// Takes a byte; answers whether it ends the record.
    fn take(&mut self, byte: u8) -> bool {
        if std::mem::take(&mut self.returned) && byte != b'\n' {
            self.lone_return();
        }
        self.lines += u64::from(byte == b'\n');
        match (self.state, byte) {
            (_, b'\r') => self.returned = true,
            (State::Quoted, b'"') => self.state = State::Closed,
            (State::Quoted, _) => self.record.text.push(byte),
            (State::Closed, b'"') => self.push(byte, State::Quoted),
            (_, b',' | b'\n') => {
                self.record.ends.push(self.record.text.len());
                self.state = State::Start;
                return byte == b'\n';
            }
            (State::Start, b'"') => self.state = State::Quoted,
            (State::Closed, b' ' | b'\t') => {
                self.flaw(Flaw::SpaceAtQuote);
                self.push(byte, State::Plain);
            }
            (State::Closed, _) => {
                self.flaw(Flaw::AfterQuote);
                self.push(byte, State::Plain);
            }
            (State::Plain, b'"') if self.cell_is_blank() => {
                self.flaw(Flaw::SpaceAtQuote);
                self.state = State::Quoted;
            }
            (State::Plain, b'"') => {
                self.flaw(Flaw::QuoteInside);
                self.push(byte, State::Plain);
            }
            (State::Start | State::Plain, _) => self.push(byte, State::Plain),
        }
        false
    }

    /// Ends the last record where no line feed did; answers whether there was one.
    fn end(&mut self) -> bool {
        if std::mem::take(&mut self.returned) {
            self.lone_return();
        }
        if self.state == State::Start && self.record.ends.is_empty() {
            return false;
        }
        if self.state == State::Quoted {
            self.flaw(Flaw::Open);
        }
        self.record.ends.push(self.record.text.len());
        true
    }

    fn lone_return(&mut self) {
        if self.state == State::Quoted {
            self.record.text.push(b'\r');
        } else {
            self.flaw(Flaw::LoneReturn);
            self.push(b'\r', State::Plain);
        }
    }

    fn push(&mut self, byte: u8, state: State) {
        self.record.text.push(byte);
        self.state = state;
    }

    /// The first of a cell is told: the others follow from it.
    fn flaw(&mut self, flaw: Flaw) {
        let cell = self.record.ends.len();
        if self
            .record
            .flaws
            .last()
            .is_none_or(|(last, _)| *last != cell)
        {
            self.record.flaws.push((cell, flaw));
        }
    }

    fn cell_is_blank(&self) -> bool {
        let start = self.record.ends.last().copied().unwrap_or_default();
        let cell = self.record.text.get(start..).unwrap_or_default();
        cell.iter().all(u8::is_ascii_whitespace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, so that every state is left and entered again.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let (one, rest) = self.0.split_at(self.0.len().min(1));
            self.0 = rest;
            into[..one.len()].copy_from_slice(one);
            Ok(one.len())
        }
    }

    type Told = (u64, Vec<String>, Vec<(usize, Flaw)>);

    fn read(text: &str) -> Vec<Told> {
        fn all(mut records: Records<impl Read>) -> Vec<Told> {
            let mut read = Vec::new();
            while let Some(record) = records.next().unwrap() {
                let cell = |n| String::from_utf8_lossy(record.cell(n)).into_owned();
                let cells = (0..record.width()).map(cell).collect();
                read.push((record.line(), cells, record.flaws().to_vec()));
            }
            read
        }
        let read = all(Records::of(text.as_bytes()));
        assert_eq!(all(Records::of(Drip(text.as_bytes()))), read, "{text:?}");
        read
    }

    #[test]
    fn what_fits() {
        for (text, expected) in [
            ("", &[][..]),
            ("a,b", &[(1, &["a", "b"][..])]),
            ("a,\r\nb,c\r\n", &[(1, &["a", ""]), (2, &["b", "c"])]),
            ("\n\r\na\n", &[(1, &[""]), (2, &[""]), (3, &["a"])]),
            ("\"\",\"\"\"a\"\"\"\n", &[(1, &["", "\"a\""])]),
            ("\"a,\r\nb\"\nc", &[(1, &["a,\nb"]), (3, &["c"])]),
            ("\"a\rb\"", &[(1, &["a\rb"])]),
            (",", &[(1, &["", ""])]),
        ] {
            let read: Vec<_> = read(text)
                .into_iter()
                .map(|(line, cells, flaws)| {
                    assert_eq!(flaws, [], "{text:?}");
                    (line, cells)
                })
                .collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|(line, cells)| (*line, cells.iter().map(|c| (*c).to_owned()).collect()))
                .collect();
            assert_eq!(read, expected, "{text:?}");
        }
    }

    #[test]
    fn a_flaw_stands_at_its_own_line_and_cell() {
        for (text, expected) in [
            ("a\nb,5\" disk\nc\n", &[(2, 1, Flaw::QuoteInside)][..]),
            // Two of them are two faults, not one cell over two lines.
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
            ("\"a\"\r\"b\"\n", &[(1, 0, Flaw::LoneReturn)]),
            ("a\n\"b\nc\n", &[(2, 0, Flaw::Open)]),
        ] {
            let found: Vec<_> = read(text)
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

    #[test]
    fn an_open_quote_does_not_take_the_file_into_memory() {
        let source = io::Cursor::new("a\n\"").chain(io::repeat(b'x'));
        let mut records = Records::of(source);
        records.next().unwrap();
        let record = records.next().unwrap().unwrap();
        assert_eq!(
            (record.line(), record.flaws()),
            (2, &[(0, Flaw::Endless)][..])
        );
        assert!(record.text.len() < 2 * LONGEST);
        assert!(records.next().unwrap().is_none());
    }
}
