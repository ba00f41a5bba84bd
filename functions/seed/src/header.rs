//! The header of a file: the order of its columns.

use std::collections::HashSet;

use crate::{fault::Fault, file::File, records::Record};

/// A valid header.
pub struct Header {
    /// For each column of the file, the position of its cells; `None` if the header lacks it.
    positions: Vec<Option<usize>>,
    /// How many cells a record has.
    pub width: usize,
}

impl Header {
    /// Reads the first record, or adds the errors in it.
    pub fn read(file: &File, record: Option<&Record>, faults: &mut Vec<Fault>) -> Option<Self> {
        let before = faults.len();
        let mut wrong = |column: &str, message: String| {
            let column = column.to_owned();
            faults.push(Fault {
                file: file.name,
                line: 1,
                column,
                message,
            });
        };
        let expected = file.columns.iter().map(|column| column.name);
        let expected = expected.collect::<Vec<_>>().join(", ");
        let flaw = record.and_then(|record| record.flaws().first());
        if let Some((_, flaw)) = flaw {
            wrong("header", flaw.to_string());
            return None;
        }
        let Some(record) = record.filter(|record| !record.is_blank()) else {
            wrong("header", format!("no columns, expected {expected}"));
            return None;
        };
        if let Some(separator) = separator(record, 2) {
            wrong(
                "header",
                format!("{separator} between the columns, expected commas"),
            );
            return None;
        }

        let mut positions = vec![None; file.columns.len()];
        let mut seen = HashSet::new();
        for position in 0..record.width() {
            let name = String::from_utf8_lossy(record.cell(position));
            let harmless: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            let mut columns = file.columns.iter().zip(&mut positions);
            let known = columns.find(|(column, _)| column.name == name.trim());
            match known {
                None if name.trim().is_empty() => wrong(
                    &format!("column {}", position + 1),
                    format!("a column without a name, expected {expected}"),
                ),
                None => wrong(&harmless, format!("unknown column, expected {expected}")),
                Some((column, _)) if !seen.insert(column.name) => {
                    wrong(column.name, "duplicate column, expected once".to_owned())
                }
                Some((column, place)) => {
                    *place = Some(position);
                    if column.name != name {
                        wrong(
                            column.name,
                            "white space around the name, expected none".to_owned(),
                        );
                    }
                }
            }
        }
        for (column, position) in file.columns.iter().zip(&positions) {
            if column.required && position.is_none() {
                wrong(
                    column.name,
                    "missing column, expected in the header".to_owned(),
                );
            }
        }
        (faults.len() == before).then(|| Self {
            positions,
            width: record.width(),
        })
    }

    /// The cell of one of the file's columns; empty if the header lacks the column.
    pub fn cell<'a>(&self, record: &'a Record, column: usize) -> &'a [u8] {
        let position = self.positions.get(column).copied().flatten();
        position
            .map(|position| record.cell(position))
            .unwrap_or_default()
    }

    /// The name that an error shows for a position of a record.
    pub fn name(&self, file: &File, position: usize) -> &'static str {
        let mut columns = file.columns.iter().zip(&self.positions);
        let column = columns.find(|(_, place)| **place == Some(position));
        column.map_or("record", |(column, _)| column.name)
    }
}

/// The separator in place of commas, in a record of one cell that should have `width` cells.
pub fn separator(record: &Record, width: usize) -> Option<&'static str> {
    let separates = |separator: u8| {
        let found = record.cell(0).iter().filter(|byte| **byte == separator);
        record.width() == 1 && width > 1 && found.count() + 1 >= width
    };
    if separates(b'\t') {
        Some("tabs")
    } else {
        separates(b';').then_some("semicolons")
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::faults_of_things;

    #[test]
    fn headers_are_told_as_what_they_are() {
        for (text, faults) in [
            (
                "",
                &["header: no columns, expected number, parts, note"][..],
            ),
            (
                "\nnumber,parts\n",
                &["header: no columns, expected number, parts, note"],
            ),
            (
                "number,number,nubmer\n",
                &[
                    "number: duplicate column, expected once",
                    "nubmer: unknown column, expected number, parts, note",
                    "parts: missing column, expected in the header",
                ],
            ),
            (
                "number,parts,\n1,2,\n",
                &["column 3: a column without a name, expected number, parts, note"],
            ),
            (
                "number, parts\n1,2\n",
                &["parts: white space around the name, expected none"],
            ),
            (
                "number;parts\n1;2\n",
                &["header: semicolons between the columns, expected commas"],
            ),
            (
                "number\tparts\n1\t2\n",
                &["header: tabs between the columns, expected commas"],
            ),
            (
                "number,parts\r1,2\r3,4\r",
                &["header: a carriage return alone, expected lines that end in LF or CRLF"],
            ),
            (
                "number,pa\"rts\n",
                &[
                    "header: a quote in an unquoted cell, expected quotes around the cell and doubled quotes inside it",
                ],
            ),
            (
                "\"number,parts\n1,2\n",
                &["header: an unclosed quote, expected a closing one"],
            ),
            ("\"", &["header: an unclosed quote, expected a closing one"]),
        ] {
            let expected: Vec<_> = faults
                .iter()
                .map(|fault| format!("things.csv:1:{fault}"))
                .collect();
            assert_eq!(faults_of_things(text.as_bytes()), expected, "{text:?}");
        }
    }
}
