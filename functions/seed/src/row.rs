//! A row: the cells of a record, read by the file's columns.

use serde::{Serialize, Serializer, ser::SerializeMap};
use uuid::Uuid;

use crate::{
    column::{ALL, Value},
    fault::{Fault, shown},
    file::File,
    header::Header,
    records::Record,
    references::References,
};

/// One row. An invalid cell has become an error of the row, and has no value.
pub struct Row<'a> {
    file: &'static File,
    line: u64,
    values: Vec<Option<Value<'a>>>,
    faults: &'a mut Vec<Fault>,
}

impl<'a> Row<'a> {
    /// Reads all cells of a record.
    pub fn read(
        file: &'static File,
        header: &Header,
        record: &'a Record,
        faults: &'a mut Vec<Fault>,
    ) -> Self {
        let mut row = Self {
            file,
            line: record.line(),
            values: Vec::with_capacity(file.columns.len()),
            faults,
        };
        for (position, column) in file.columns.iter().enumerate() {
            let cell = header.cell(record, position);
            let value = column.read(cell, |other| row.value(other).cloned());
            let value = value.unwrap_or_else(|messages| {
                for message in messages {
                    row.wrong(column.name, message);
                }
                None
            });
            row.values.push(value);
        }
        row
    }

    /// The line on which the row starts.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The value of a column, if it has one and it is valid.
    fn value(&self, column: &str) -> Option<&Value<'a>> {
        let mut columns = self.file.columns.iter();
        let position = columns.position(|known| known.name == column)?;
        self.values.get(position)?.as_ref()
    }

    /// The value of a column of words, if it has one and it is valid.
    pub fn text(&self, column: &str) -> Option<&'a str> {
        match self.value(column)? {
            Value::Text(text) => Some(text),
            Value::Null | Value::List(_) | Value::Object(_) | Value::Moment(_) => None,
        }
    }

    /// The same, but empty if an empty cell means no value.
    pub fn word(&self, column: &str) -> Option<&'a str> {
        match self.value(column)? {
            Value::Null => Some(""),
            _ => self.text(column),
        }
    }

    /// The value of a column of times, if it has one and it is valid.
    pub fn moment(&self, column: &str) -> Option<&str> {
        match self.value(column)? {
            Value::Moment(moment) => Some(moment),
            _ => None,
        }
    }

    /// The values of a column of lists; none if the cell is invalid.
    pub fn list(&self, column: &str) -> Vec<&'a str> {
        match self.value(column) {
            Some(Value::List(values)) => values.clone(),
            _ => Vec::new(),
        }
    }

    /// Checks that what its cells refer to exists.
    pub fn check_references(&mut self, references: &References) {
        for column in self.file.columns {
            let Some(subject) = column.refers_to else {
                continue;
            };
            let names = match self.text(column.name) {
                Some(name) => vec![name],
                None => self.list(column.name),
            };
            for name in names {
                if name != ALL && !references.allow(subject, name) {
                    let (noun, place) = subject.words();
                    let name = shown(name);
                    self.wrong(
                        column.name,
                        format!("no {noun} {name}, expected one of {place}"),
                    );
                }
            }
        }
    }

    /// Adds an error of this row.
    pub fn wrong(&mut self, column: &str, message: impl Into<String>) {
        self.faults.push(Fault {
            file: self.file.name,
            line: self.line,
            column: column.to_owned(),
            message: message.into(),
        });
    }

    /// The row as it is sent to PostgreSQL, with the id that it gets if it is a new one, and with its number if it has
    /// one. `None` if the row has errors.
    pub fn json(&self, id: Uuid, number: Option<u32>) -> Option<serde_json::Result<String>> {
        let fits = self.values.iter().all(Option::is_some);
        fits.then(|| {
            serde_json::to_string(&Identified {
                id,
                number,
                row: self,
            })
        })
    }
}

struct Identified<'r, 'a> {
    id: Uuid,
    number: Option<u32>,
    row: &'r Row<'a>,
}

impl Serialize for Identified<'_, '_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Row { file, values, .. } = self.row;
        let grouped_by = file.groups.map(|(column, _)| column);
        let mut object = to.serialize_map(None)?;
        if !file.columns.iter().any(|column| column.name == "id") {
            object.serialize_entry("id", &self.id)?;
        }
        if let Some(number) = self.number {
            object.serialize_entry("number", &number)?;
        }
        for (column, value) in file.columns.iter().zip(values) {
            // The group has this value for all its rows.
            if grouped_by != Some(column.name) {
                object.serialize_entry(column.name, value)?;
            }
        }
        object.end()
    }
}
