//! The columns of a file: their names, and how their cells are read.

use std::str::FromStr;

use serde::Serialize;
use serde_json::value::RawValue;
pub use vocabulary::slug;
use vocabulary::{Invalid, object::Bound};

use crate::{fault::shown, object, references::Subject};

/// A check of the vocabulary: returns the text if it is valid.
pub type Word = fn(&str) -> Result<&str, Invalid>;

/// Means all that exist, in columns that allow it.
pub const ALL: &str = "*";

/// One column. Its values are sent to PostgreSQL under its name.
#[derive(Clone, Copy)]
pub struct Column {
    /// Its name in the header.
    pub name: &'static str,
    /// Whether the header must have it. If the header lacks an optional column, its cells are empty.
    pub required: bool,
    /// What its cells refer to, if they refer to something.
    pub refers_to: Option<Subject>,
    kind: Kind,
    empty: Empty,
    /// The highest number of words in a cell.
    most: usize,
}

#[derive(Clone, Copy)]
enum Kind {
    Word(Word),
    /// Separated by semicolons; an empty cell has none.
    Words(Word),
    /// In JSON; an empty cell is an object without members.
    Object(&'static Bound),
    Moment,
}

/// What an empty cell means.
#[derive(Clone, Copy)]
pub enum Empty {
    /// An empty text, which the column's check may accept or refuse.
    Itself,
    /// No value.
    Null,
    /// This text.
    Text(&'static str),
    /// The value of another column, which the description has before this one.
    As(&'static str),
}

/// The value of a valid cell.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Value<'a> {
    Null,
    Text(&'a str),
    List(Vec<&'a str>),
    Object(&'a RawValue),
    /// In UTC to the microsecond.
    Moment(String),
}

impl Column {
    /// A column with one word in each cell.
    pub const fn word(name: &'static str, word: Word) -> Self {
        Self::new(name, Kind::Word(word))
    }

    /// A column of words separated by semicolons.
    pub const fn words(name: &'static str, word: Word) -> Self {
        Self::new(name, Kind::Words(word))
    }

    /// A column of JSON objects.
    pub const fn object(name: &'static str, bound: &'static Bound) -> Self {
        Self::new(name, Kind::Object(bound))
    }

    /// A column of times in RFC 3339.
    pub const fn moment(name: &'static str) -> Self {
        Self::new(name, Kind::Moment)
    }

    const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            required: true,
            refers_to: None,
            kind,
            empty: Empty::Itself,
            most: usize::MAX,
        }
    }

    /// The same column, which the header may lack.
    pub const fn optional(self) -> Self {
        Self {
            required: false,
            ..self
        }
    }

    /// The same column, with at most so many words in a cell.
    pub const fn at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// The same column, with this meaning of empty cells.
    pub const fn or(self, empty: Empty) -> Self {
        Self { empty, ..self }
    }

    /// The same column, whose cells refer to something that must exist.
    pub const fn refers_to(self, subject: Subject) -> Self {
        Self {
            refers_to: Some(subject),
            ..self
        }
    }

    /// Reads a cell, or returns everything that is wrong with it. `other` returns the value of another column.
    pub fn read<'a>(
        &self,
        cell: &'a [u8],
        other: impl FnOnce(&str) -> Option<Value<'a>>,
    ) -> Result<Option<Value<'a>>, Vec<String>> {
        let text = std::str::from_utf8(cell)
            .map_err(|_| vec!["not valid UTF-8, expected UTF-8".to_owned()])?;
        let value = match (self.kind, self.empty) {
            (_, Empty::Null) if text.is_empty() => Value::Null,
            (_, Empty::Text(empty)) if text.is_empty() => Value::Text(empty),
            (_, Empty::As(column)) if text.is_empty() => return Ok(other(column)),
            (Kind::Word(word), _) => Value::Text(tidy(text, word).map_err(|unfit| vec![unfit])?),
            (Kind::Words(word), _) => Value::List(list(text, word, self.most)?),
            (Kind::Object(bound), _) => Value::Object(
                tidy(text, |text| object::read(text, bound)).map_err(|unfit| vec![unfit])?,
            ),
            (Kind::Moment, _) => Value::Moment(tidy(text, moment).map_err(|unfit| vec![unfit])?),
        };
        Ok(Some(value))
    }
}

/// Reads a value that has no white space around it.
fn tidy<'a, T>(
    text: &'a str,
    read: impl FnOnce(&'a str) -> Result<T, Invalid>,
) -> Result<T, String> {
    if text.trim() != text {
        return Err(format!(
            "{}, expected no white space around the value",
            shown(text)
        ));
    }
    read(text).map_err(|expected| format!("{}, {expected}", shown(text)))
}

fn list(text: &str, word: Word, most: usize) -> Result<Vec<&str>, Vec<String>> {
    let parts = text.split(';').filter(|_| !text.is_empty());
    let mut values = Vec::new();
    let mut faults = Vec::new();
    for part in parts {
        match tidy(part, word) {
            Ok(value) => values.push(value),
            Err(fault) => faults.push(fault),
        }
    }
    if values.len() > most {
        faults.push(format!("{} entries, expected at most {most}", values.len()));
    }
    if faults.is_empty() {
        Ok(values)
    } else {
        Err(faults)
    }
}

/// Checks a word that is a type of the vocabulary.
pub fn word<T: FromStr<Err = Invalid>>(text: &str) -> Result<&str, Invalid> {
    text.parse::<T>().map(|_| text)
}

fn moment(text: &str) -> Result<String, Invalid> {
    clock::utc_to_keep(text).ok_or(Invalid(
        "a time in RFC 3339 format, with an offset and without leap seconds",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(column: Column, cell: &[u8]) -> Result<String, Vec<String>> {
        let other = |_: &str| Some(Value::Text("other"));
        let value = column.read(cell, other)?;
        Ok(serde_json::to_string(&value).unwrap())
    }

    #[test]
    fn cells_that_fit() {
        let slugs = Column::words("slugs", slug);
        let name = Column::word("name", vocabulary::name);
        let object = Column::object("attributes", &vocabulary::object::ATTRIBUTES);
        let moment = Column::moment("valid_until");
        for (column, cell, json) in [
            (name, "Zoë", "\"Zoë\""),
            (name.or(Empty::Null), "", "null"),
            (name.or(Empty::Text("default")), "", "\"default\""),
            (name.or(Empty::As("it")), "", "\"other\""),
            (name.or(Empty::As("it")), "own", "\"own\""),
            (slugs, "", "[]"),
            (slugs, "acme;globex", r#"["acme","globex"]"#),
            (object, "", "{}"),
            (moment.or(Empty::Null), "", "null"),
            (
                moment,
                "2030-01-31T14:00:00.1234567+02:00",
                "\"2030-01-31T12:00:00.123456Z\"",
            ),
            (object, r#"{"n": 1.50}"#, r#"{"n": 1.50}"#),
        ] {
            assert_eq!(read(column, cell.as_bytes()).unwrap(), json, "{cell:?}");
        }
    }

    #[test]
    fn cells_that_do_not() {
        let slugs = Column::words("slugs", slug);
        let name = Column::word("name", vocabulary::name);
        let object = Column::object("attributes", &vocabulary::object::ATTRIBUTES);
        let moment = Column::moment("valid_until");
        for (column, cell, faults) in [
            (name, &b""[..], &["\"\", expected 1 to 200"][..]),
            (name, b" Al", &["\" Al\", expected no white space"]),
            (name, b"Al\t", &["\"Al\\t\", expected no white space"]),
            (name, b"\xe9", &["not valid UTF-8"]),
            (
                slugs,
                b"acme; x;",
                &["\" x\", expected no white space", "\"\", expected a slug"],
            ),
            (
                slugs.at_most(1),
                b"acme;globex",
                &["2 entries, expected at most 1"],
            ),
            (object, b" {}", &["\" {}\", expected no white space"]),
            (object, b"[]", &["\"[]\", expected a JSON object"]),
            (
                moment,
                b"2030-01-31",
                &["\"2030-01-31\", expected a time in RFC 3339 format"],
            ),
            (
                moment,
                b"2030-06-30T23:59:60Z",
                &["\"2030-06-30T23:59:60Z\", expected a time"],
            ),
        ] {
            let found = read(column, cell).unwrap_err();
            assert_eq!(found.len(), faults.len(), "{found:?}");
            for (found, fault) in found.iter().zip(faults) {
                assert!(found.starts_with(fault), "{found}");
            }
        }
    }
}
