//! A CSV file (RFC 4180) as rows of named columns, read as a stream.

use std::{collections::HashMap, io::Read};

use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};

use crate::{
    fault::{Fault, shown},
    lines::Lines,
};

/// Which columns a file has.
pub struct Columns {
    /// The file's name.
    pub file: &'static str,
    /// Must be there.
    pub required: &'static [&'static str],
    /// May be absent; their cells are then empty.
    pub optional: &'static [&'static str],
}

/// An open file. Its header was fit.
pub struct Table<R> {
    columns: &'static Columns,
    index: HashMap<&'static str, usize>,
    width: usize,
    reader: Reader<Lines<R>>,
    record: ByteRecord,
}

/// One row. What is asked of it and does not fit becomes a fault of the row.
pub struct Row<'a> {
    file: &'static str,
    line: u64,
    index: &'a HashMap<&'static str, usize>,
    record: &'a ByteRecord,
    faults: &'a mut Vec<Fault>,
}

impl<R: Read> Table<R> {
    /// Reads the header; answers `None` where it is at fault.
    pub fn open(columns: &'static Columns, source: R, faults: &mut Vec<Fault>) -> Option<Self> {
        let mut reader = ReaderBuilder::new()
            .flexible(true)
            .terminator(Terminator::Any(b'\n'))
            .from_reader(Lines::of(source));
        let mut wrong = |column: &str, message: String| {
            let column = column.to_owned();
            faults.push(Fault {
                file: columns.file,
                line: 1,
                column,
                message,
            });
        };
        let header = match reader.byte_headers() {
            Ok(header) => header.clone(),
            Err(error) => {
                wrong("header", format!("cannot be read: {error}"));
                return None;
            }
        };
        let mut index = HashMap::new();
        let mut fits = true;
        for (position, cell) in header.iter().enumerate() {
            let name = String::from_utf8_lossy(cell);
            let harmless: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            let known = columns
                .required
                .iter()
                .chain(columns.optional)
                .find(|known| **known == name);
            match known {
                Some(known) if index.insert(*known, position).is_none() => {}
                Some(_) => {
                    wrong(
                        &harmless,
                        "the column stands twice, expected once".to_owned(),
                    );
                    fits = false;
                }
                None => {
                    let expected = [columns.required, columns.optional].concat().join(", ");
                    wrong(&harmless, format!("unknown column, expected {expected}"));
                    fits = false;
                }
            }
        }
        for missing in columns
            .required
            .iter()
            .filter(|name| !index.contains_key(*name))
        {
            wrong(
                missing,
                "the column is missing, expected in the header".to_owned(),
            );
            fits = false;
        }
        let width = header.len();
        fits.then(|| Self {
            columns,
            index,
            width,
            reader,
            record: ByteRecord::new(),
        })
    }

    /// Calls `each` with every row that has as many cells as the header, until it fails.
    pub fn for_each<E>(
        mut self,
        faults: &mut Vec<Fault>,
        mut each: impl FnMut(&mut Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            let more = self.reader.read_byte_record(&mut self.record);
            // The reader counts empty lines before a record to the record.
            let inside = self
                .record
                .iter()
                .flatten()
                .filter(|byte| **byte == b'\n')
                .count() as u64;
            let position = self.reader.position();
            let unclosed = self.reader.get_ref().end_in_quotes(position.byte());
            // Where a quote stays open, the last line feed is inside as well.
            let line = position
                .line()
                .saturating_sub(inside + u64::from(!unclosed));
            let mut wrong = |message: String| {
                let column = "record".to_owned();
                faults.push(Fault {
                    file: self.columns.file,
                    line,
                    column,
                    message,
                });
            };
            match more {
                Ok(false) => return Ok(()),
                Ok(true) if unclosed => wrong("a quote stays open, expected its end".to_owned()),
                Ok(true) if self.record.len() == self.width => each(&mut Row {
                    file: self.columns.file,
                    line,
                    index: &self.index,
                    record: &self.record,
                    faults,
                })?,
                Ok(true) => {
                    let (found, width) = (self.record.len(), self.width);
                    wrong(format!("{found} cells, expected {width} as in the header"));
                }
                Err(error) => {
                    wrong(format!("cannot be read: {error}"));
                    return Ok(());
                }
            }
        }
    }
}

impl<'a> Row<'a> {
    /// The line on which the row starts.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// A cell's text; empty where the column is absent.
    pub fn text(&mut self, column: &str) -> Option<&'a str> {
        let record = self.record;
        let cell = self
            .index
            .get(column)
            .and_then(|position| record.get(*position));
        match std::str::from_utf8(cell.unwrap_or_default()) {
            Ok(text) => Some(text),
            Err(_) => {
                self.wrong(column, "no UTF-8, expected UTF-8");
                None
            }
        }
    }

    /// A cell's value, where it is one; otherwise a fault that shows the cell.
    pub fn value<T, E: std::fmt::Display>(
        &mut self,
        column: &str,
        parse: impl FnOnce(&'a str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(column)?;
        match parse(text) {
            Ok(value) => Some(value),
            Err(expected) => {
                self.wrong(column, format!("{}, {expected}", shown(text)));
                None
            }
        }
    }

    /// The parts of a cell between semicolons; none where it is empty.
    pub fn list<T, E: std::fmt::Display>(
        &mut self,
        column: &str,
        parse: impl Fn(&'a str) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        let text = self.text(column)?;
        let mut values = Vec::new();
        for part in text.split(';').map(str::trim).filter(|_| !text.is_empty()) {
            match parse(part) {
                Ok(value) => values.push(value),
                Err(expected) => {
                    self.wrong(column, format!("{}, {expected}", shown(part)));
                    return None;
                }
            }
        }
        Some(values)
    }

    /// Adds a fault of this row.
    pub fn wrong(&mut self, column: &str, message: impl Into<String>) {
        self.faults.push(Fault {
            file: self.file,
            line: self.line,
            column: column.to_owned(),
            message: message.into(),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    static COLUMNS: Columns = Columns {
        file: "things.csv",
        required: &["slug", "parts"],
        optional: &["note"],
    };

    fn faults_of(text: &str) -> Vec<String> {
        let mut faults = Vec::new();
        if let Some(table) = Table::open(&COLUMNS, text.as_bytes(), &mut faults) {
            let read: Result<(), Infallible> = table.for_each(&mut faults, |row| {
                row.value("slug", |text| {
                    text.parse::<u8>().map_err(|_| "expected a number")
                });
                row.list("parts", |text| {
                    text.parse::<u8>().map_err(|_| "expected numbers")
                });
                row.text("note");
                Ok(())
            });
            assert_eq!(read, Ok(()));
        }
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_fit_file_has_no_fault() {
        assert_eq!(faults_of("parts,slug\n1;2,3\n,4\n"), [] as [&str; 0]);
        assert_eq!(faults_of("\u{feff}slug,parts\n1,2\n"), [] as [&str; 0]);
    }

    #[test]
    fn headers() {
        assert_eq!(
            faults_of("slug,slug,sulg\n"),
            [
                "things.csv:1:slug: the column stands twice, expected once",
                "things.csv:1:sulg: unknown column, expected slug, parts, note",
                "things.csv:1:parts: the column is missing, expected in the header",
            ]
        );
        assert_eq!(faults_of("").len(), 2);
    }

    #[test]
    fn rows_are_named_by_the_line_they_start_on() {
        assert_eq!(
            faults_of("slug,parts,note\n1,,\"two\nlines\"\n\nx,1;y\n1\n"),
            [
                "things.csv:5:record: 2 cells, expected 3 as in the header",
                "things.csv:6:record: 1 cells, expected 3 as in the header",
            ]
        );
        assert_eq!(
            faults_of("slug,parts\r\n\r\n1,\r\n2"),
            ["things.csv:4:record: 1 cells, expected 2 as in the header"]
        );
        assert_eq!(
            faults_of("slug,parts\n1,\n\"2,\n3,\n"),
            ["things.csv:3:record: a quote stays open, expected its end"]
        );
        assert_eq!(
            faults_of("slug,parts\nx,1;y;z\n"),
            [
                "things.csv:2:slug: \"x\", expected a number",
                "things.csv:2:parts: \"y\", expected numbers",
            ]
        );
    }
}
