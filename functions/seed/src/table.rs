//! A file as rows, read as a stream.

use std::io::Read;

use crate::{
    encoding::{self, Unmarked},
    fault::Fault,
    file::File,
    header::{Header, separator},
    records::{Record, Records},
    row::Row,
};

/// An open file with a valid header.
pub struct Table<R> {
    file: &'static File,
    header: Header,
    records: Records<Unmarked<R>>,
}

impl<R: Read> Table<R> {
    /// Reads the header, and returns `None` if it is invalid.
    pub fn open(file: &'static File, source: R, faults: &mut Vec<Fault>) -> Option<Self> {
        let mut wrong = |message: String| {
            faults.push(Fault {
                file: file.name,
                line: 1,
                column: "header".to_owned(),
                message,
            });
        };
        let source = match encoding::utf8(source) {
            Ok(Some(source)) => source,
            Ok(None) => {
                wrong("the text is UTF-16, expected UTF-8".to_owned());
                return None;
            }
            Err(error) => {
                wrong(format!("cannot be read: {error}"));
                return None;
            }
        };
        let mut records = Records::of(source);
        let header = match records.next() {
            Ok(record) => Header::read(file, record, faults)?,
            Err(error) => {
                wrong(format!("cannot be read: {error}"));
                return None;
            }
        };
        Some(Self {
            file,
            header,
            records,
        })
    }

    /// Calls `each` with every record that is a row, until it fails. Returns whether all records were rows.
    pub fn for_each<E>(
        mut self,
        faults: &mut Vec<Fault>,
        mut each: impl FnMut(&mut Row<'_>) -> Result<(), E>,
    ) -> Result<bool, E> {
        let mut line = 1;
        let mut all = true;
        loop {
            let before = faults.len();
            match self.records.next() {
                Ok(None) => return Ok(all),
                Ok(Some(record)) => {
                    line = record.line();
                    self.header.check(self.file, record, faults);
                    if faults.len() == before {
                        each(&mut Row::read(self.file, &self.header, record, faults))?;
                    } else {
                        all = false;
                    }
                }
                Err(error) => {
                    faults.push(Fault {
                        file: self.file.name,
                        line,
                        column: "record".to_owned(),
                        message: format!("cannot be read any further: {error}"),
                    });
                    return Ok(false);
                }
            }
        }
    }
}

impl Header {
    /// Adds the errors that keep a record from being a row.
    fn check(&self, file: &File, record: &Record, faults: &mut Vec<Fault>) {
        let mut wrong = |column: &str, message: String| {
            faults.push(Fault {
                file: file.name,
                line: record.line(),
                column: column.to_owned(),
                message,
            });
        };
        for (position, flaw) in record.flaws() {
            wrong(self.name(file, *position), flaw.to_string());
        }
        let (found, width) = (record.width(), self.width);
        if !record.flaws().is_empty() {
            // The number of its cells is uncertain.
        } else if record.is_blank() {
            wrong("record", "an empty row, expected none".to_owned());
        } else if let Some(separator) = separator(record, width) {
            wrong(
                "record",
                format!("{separator} between the cells, expected commas"),
            );
        } else if found != width {
            let cells = if found == 1 { "cell" } else { "cells" };
            wrong(
                "record",
                format!("{found} {cells}, expected {width} as in the header"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{THINGS, faults_of_things};

    #[test]
    fn a_fit_file_has_no_fault() {
        for text in [
            "parts,number\n1;2,3\n,4\n",
            "\u{feff}number,parts\r\n1,2\r\n",
            "number,parts,note\n1,2,\"a, \"\"b\"\"\n\nc\"",
            "\"number\",\"parts\"\n\"1\",\"\"",
        ] {
            assert_eq!(
                faults_of_things(text.as_bytes()),
                [] as [&str; 0],
                "{text:?}"
            );
        }
    }

    #[test]
    fn utf_16_is_told_once() {
        let text = "number,parts\n1,2\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            [&b"\xff\xfe"[..], &little].concat(),
            [&b"\xfe\xff"[..], &big].concat(),
            little,
            big,
        ] {
            assert_eq!(
                faults_of_things(&bytes),
                ["things.csv:1:header: the text is UTF-16, expected UTF-8"]
            );
        }
    }

    #[test]
    fn rows_are_told_as_what_they_are_at_the_line_they_start_on() {
        const QUOTE: &str = "a quote in an unquoted cell, expected quotes around the cell and doubled quotes inside it";
        for (rows, faults) in [
            (
                "1,,\"two\nlines\"\nx,1;y;z,\n1\n",
                &[
                    "4:number: \"x\", expected a number".to_owned(),
                    "4:parts: \"y\", expected a number".to_owned(),
                    "4:parts: \"z\", expected a number".to_owned(),
                    "5:record: 1 cell, expected 3 as in the header".to_owned(),
                ][..],
            ),
            (
                "1,,5\" disk\n2,,\n3,,3\" disk\nx,,\n",
                &[
                    format!("2:note: {QUOTE}"),
                    format!("4:note: {QUOTE}"),
                    "5:number: \"x\", expected a number".to_owned(),
                ],
            ),
            (
                "1,,\"a\" b\n2,, \"a, b\"\n3,,\"a\"b\n",
                &[
                    "2:note: white space around the quotes, expected none".to_owned(),
                    "3:note: white space around the quotes, expected none".to_owned(),
                    "4:note: text after the closing quote, expected a comma or the end of the line (quotes inside a \
                     cell are doubled)".to_owned(),
                ],
            ),
            (
                "1,,\n\n,,\n \t,,\n2,,\n\n",
                &[3, 4, 5, 7].map(|line| format!("{line}:record: an empty row, expected none")),
            ),
            (
                "1;2;3\n1\t2\t3\n",
                &[
                    "2:record: semicolons between the cells, expected commas".to_owned(),
                    "3:record: tabs between the cells, expected commas".to_owned(),
                ],
            ),
            (
                "1, 2,3 \n 1,1; 2,\u{a0}\n",
                &[
                    "2:parts: \" 2\", expected no white space around the value".to_owned(),
                    "2:note: \"3 \", expected no white space around the value".to_owned(),
                    "3:number: \" 1\", expected no white space around the value".to_owned(),
                    "3:parts: \" 2\", expected no white space around the value".to_owned(),
                    "3:note: \"\\u{a0}\", expected no white space around the value".to_owned(),
                ],
            ),
            (
                "1,,a\rb\n2,,\n",
                &["2:note: a carriage return alone, expected lines that end in LF or CRLF".to_owned()],
            ),
            (
                "1,,\n2,\"3,\n4,,\n",
                &["3:parts: an unclosed quote, expected a closing one".to_owned()],
            ),
            (
                "1,2,3,4\n1,2,3,4\"\n",
                &[
                    "2:record: 4 cells, expected 3 as in the header".to_owned(),
                    format!("3:record: {QUOTE}"),
                ],
            ),
        ] {
            let text = format!("number,parts,note\n{rows}");
            let expected: Vec<_> = faults.iter().map(|fault| format!("things.csv:{fault}")).collect();
            assert_eq!(faults_of_things(text.as_bytes()), expected, "{text:?}");
        }
        assert_eq!(
            faults_of_things(b"number,parts\n\xe9,1\n"),
            ["things.csv:2:number: not valid UTF-8, expected UTF-8"]
        );
    }

    #[test]
    fn a_source_that_breaks_off_is_a_fault() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("gone"))
            }
        }
        let mut faults = Vec::new();
        let source = b"number,parts\n1,2\n".chain(Broken);
        let table = Table::open(&THINGS, source, &mut faults).unwrap();
        let mut numbers = Vec::new();
        let all: Result<_, ()> = table.for_each(&mut faults, |row| {
            numbers.push(row.text("number").map(str::to_owned));
            Ok(())
        });
        assert_eq!((all, numbers), (Ok(false), vec![Some("1".to_owned())]));
        assert_eq!(
            faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["things.csv:2:record: cannot be read any further: gone"]
        );
    }
}
