//! A CSV file as records, read as a stream: first the form of each, then its values.

use std::{
    collections::VecDeque,
    io::{self, BufRead, BufReader, Read},
};

use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};

use crate::{flaw::Flaw, form::Form};

/// The most bytes that a record may have, so that an unclosed quote does not read the whole file into memory.
const LONGEST: usize = 16 * 1024 * 1024;

/// The records of a source.
pub struct Records<R> {
    source: BufReader<R>,
    ended: bool,
    /// Reads from a queue, which is given one record at a time.
    values: Reader<VecDeque<u8>>,
    record: Record,
}

/// One record: the errors in its form or, if there are none, its cells.
#[derive(Default)]
pub struct Record {
    form: Form,
    cells: ByteRecord,
}

impl<R: Read> Records<R> {
    /// The records of a source in UTF-8 or a similar encoding, without a byte order mark.
    pub fn of(source: R) -> Self {
        // The reader would remove a byte order mark at the start, which is text here. A line feed before the first
        // record prevents this: the reader skips the empty line, and is not at the start any more.
        let before = VecDeque::from(*b"\n");
        Self {
            source: BufReader::with_capacity(64 * 1024, source),
            ended: false,
            values: ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .terminator(Terminator::Any(b'\n'))
                .from_reader(before),
            record: Record::default(),
        }
    }

    /// The next record, empty lines included; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<&Record>> {
        if !self.find()? {
            return Ok(None);
        }
        let Record { form, cells } = &mut self.record;
        cells.clear();
        if !form.flaws().is_empty() {
            // The values would only repeat the errors in the form.
        } else if form.text() == b"\n" {
            // The reader would skip the empty line, and treat that as the end of the file.
            cells.push_field(b"");
        } else {
            self.values.get_mut().extend(form.text());
            self.values.read_byte_record(cells)?;
        }
        Ok(Some(&self.record))
    }

    /// Reads to the end of the next record, and returns whether there is one.
    fn find(&mut self) -> io::Result<bool> {
        let form = &mut self.record.form;
        form.begin();
        while !self.ended {
            let chunk = self.source.fill_buf()?;
            if chunk.is_empty() {
                self.ended = true;
                return Ok(form.end());
            }
            let end = chunk.iter().position(|byte| form.take(*byte));
            let taken = end.map_or(chunk.len(), |last| last + 1);
            self.source.consume(taken);
            if end.is_some() {
                return Ok(true);
            }
            if form.text().len() > LONGEST {
                self.ended = true;
                form.flaw(Flaw::Endless);
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Record {
    /// The line on which it starts.
    pub fn line(&self) -> u64 {
        self.form.line()
    }

    /// How many cells it has; 0 if its form has errors.
    pub fn width(&self) -> usize {
        self.cells.len()
    }

    /// A cell, without the quotes around it; empty if there is no such cell.
    pub fn cell(&self, position: usize) -> &[u8] {
        self.cells.get(position).unwrap_or_default()
    }

    /// The errors in its form, with the positions of their cells: at most one in each cell.
    pub fn flaws(&self) -> &[(usize, Flaw)] {
        self.form.flaws()
    }

    /// Whether all its cells are empty or white space.
    pub fn is_blank(&self) -> bool {
        self.cells.as_slice().iter().all(u8::is_ascii_whitespace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns one byte at a time, so that every state is left and entered again.
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
        // Longer than any of the buffers.
        let long = "x".repeat(200_000);
        for (text, expected) in [
            ("", &[][..]),
            ("a,b", &[(1, &["a", "b"][..])]),
            ("a,\r\nb,c\r\n", &[(1, &["a", ""]), (2, &["b", "c"])]),
            ("\n\r\na\n", &[(1, &[""]), (2, &[""]), (3, &["a"])]),
            ("\"\",\"\"\"a\"\"\"\n", &[(1, &["", "\"a\""])]),
            ("\"\"\n\"\"\n", &[(1, &[""]), (2, &[""])]),
            ("\"a,\r\nb\"\nc", &[(1, &["a,\nb"]), (3, &["c"])]),
            ("\"\r\n\"\na", &[(1, &["\n"]), (3, &["a"])]),
            ("\"a\rb\"", &[(1, &["a\rb"])]),
            (",", &[(1, &["", ""])]),
            (
                "\u{feff}a\n\u{feff}b",
                &[(1, &["\u{feff}a"]), (2, &["\u{feff}b"])],
            ),
            (
                &format!("a,{long}\n\nb"),
                &[(1, &["a", &long]), (2, &[""]), (3, &["b"])],
            ),
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
    fn a_flawed_record_has_no_cells_and_leaves_the_next_as_it_is() {
        let cells = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
        assert_eq!(
            read("a,\"b\"\nc,5\" d\n\"e\"\"\",f\n\"g"),
            [
                (1, cells(&["a", "b"]), vec![]),
                (2, cells(&[]), vec![(1, Flaw::QuoteInside)]),
                (3, cells(&["e\"", "f"]), vec![]),
                (4, cells(&[]), vec![(0, Flaw::Open)]),
            ]
        );
    }

    #[test]
    fn a_record_without_end_does_not_take_the_file_into_memory() {
        for start in ["a\n\"", "a\n"] {
            let source = io::Cursor::new(start).chain(io::repeat(b'x'));
            let mut records = Records::of(source);
            records.next().unwrap();
            let record = records.next().unwrap().unwrap();
            assert_eq!(
                (record.line(), record.flaws()),
                (2, &[(0, Flaw::Endless)][..])
            );
            assert!(record.form.text().len() < 2 * LONGEST);
            assert!(records.next().unwrap().is_none());
        }
    }

    #[test]
    fn cells_without_number_do_not_take_the_file_into_memory() {
        let mut records = Records::of(io::repeat(b','));
        let record = records.next().unwrap().unwrap();
        let flaws: Vec<_> = record.flaws().iter().map(|(_, flaw)| *flaw).collect();
        assert_eq!((record.line(), flaws), (1, vec![Flaw::Endless]));
        assert!(records.next().unwrap().is_none());
    }
}
