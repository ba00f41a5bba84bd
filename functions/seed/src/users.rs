//! users.csv.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use sha2::{Digest, Sha256};
use vocabulary::{Slug, Unfit};

use crate::{
    references::References,
    table::{Columns, Row},
};

pub static COLUMNS: Columns = Columns {
    file: "users.csv",
    required: &[
        "organization",
        "username",
        "email",
        "display_name",
        "external_id",
        "attributes",
    ],
    optional: &[],
};

/// Bytes of the longest `attributes`.
const LONGEST_ATTRIBUTES: usize = 16 * 1024;

/// A row; without its organization, as `shell.seed_users` takes it.
#[derive(Debug, Serialize)]
pub struct User {
    #[serde(skip)]
    pub organization: Slug,
    username: String,
    email: String,
    display_name: String,
    external_id: String,
    attributes: Box<RawValue>,
}

/// What fits of a row's cells; the others are faults of it already.
struct Cells {
    organization: Option<Slug>,
    username: Option<String>,
    email: Option<String>,
    display_name: Option<String>,
    external_id: Option<String>,
    attributes: Option<Box<RawValue>>,
}

fn cells(row: &mut Row<'_>) -> Cells {
    let organization = row.value("organization", Slug::try_from);
    let mut text = |column: &str, fit: fn(&str) -> Result<&str, Unfit>| {
        row.value(column, |text| fit(text).map(str::to_owned))
    };
    let username = text("username", vocabulary::external_id);
    let external_id = text("external_id", external_id_or_empty);
    Cells {
        organization,
        email: text("email", email_or_empty),
        display_name: text("display_name", vocabulary::name),
        external_id: match external_id.as_deref() {
            Some("") => username.clone(),
            _ => external_id,
        },
        username,
        attributes: row.value("attributes", attributes),
    }
}

/// Reads a row; answers `None` where it is at fault.
pub fn read(row: &mut Row<'_>) -> Option<User> {
    let cells = cells(row);
    Some(User {
        organization: cells.organization?,
        username: cells.username?,
        email: cells.email?,
        display_name: cells.display_name?,
        external_id: cells.external_id?,
        attributes: cells.attributes?,
    })
}

fn email_or_empty(text: &str) -> Result<&str, Unfit> {
    if text.is_empty() {
        Ok(text)
    } else {
        vocabulary::email(text)
    }
}

fn external_id_or_empty(text: &str) -> Result<&str, Unfit> {
    if text.is_empty() {
        Ok(text)
    } else {
        vocabulary::external_id(text)
    }
}

/// Kept as it is written: numbers too long for a float stay what they are.
fn attributes(text: &str) -> Result<Box<RawValue>, Unfit> {
    const EXPECTED: Unfit =
        Unfit("a JSON object of at most 16 KiB without NUL characters, or nothing");
    let text = if text.is_empty() { "{}" } else { text };
    let object: Map<String, Value> = serde_json::from_str(text).map_err(|_| EXPECTED)?;
    // PostgreSQL keeps no NUL in a text.
    let fits = text.len() <= LONGEST_ATTRIBUTES && !holds_nul(&Value::Object(object));
    let raw = RawValue::from_string(text.to_owned()).map_err(|_| EXPECTED)?;
    fits.then_some(raw).ok_or(EXPECTED)
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(holds_nul),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| name.contains('\0') || holds_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Checks rows against each other and against what there is. Keeps digests and line numbers alone:
/// the file can be larger than memory.
#[derive(Default)]
pub struct Check {
    members: HashMap<[u8; 16], u64>,
    persons: HashMap<[u8; 16], (u64, [u8; 16])>,
}

impl Check {
    /// Checks a row; the organizations must have been checked before.
    pub fn row(&mut self, row: &mut Row<'_>, references: &References) {
        let Cells {
            organization,
            username,
            email,
            display_name,
            external_id,
            ..
        } = cells(row);
        let Some(organization) = organization else {
            return;
        };
        let organization = organization.as_str();
        let provider = references.organizations.get(organization);
        if provider.is_none() {
            row.wrong(
                "organization",
                format!("no organization {organization}, expected one of organizations.csv or the database"),
            );
        }
        for (column, value) in [("username", &username), ("external_id", &external_id)] {
            let Some(value) = value else { continue };
            let member = digest(&[organization, column, value]);
            if let Some(line) = self.members.insert(member, row.line()) {
                row.wrong(
                    column,
                    format!(
                        "{value:?} of {organization} stands on line {line} already, expected once"
                    ),
                );
            }
        }
        let (Some(provider), Some(external_id), Some(username), Some(email), Some(display_name)) =
            (provider, external_id, username, email, display_name)
        else {
            return;
        };
        let person = digest(&[provider, &external_id]);
        let description = digest(&[&username, &email, &display_name]);
        let (line, first) = *self
            .persons
            .entry(person)
            .or_insert((row.line(), description));
        if first != description {
            row.wrong(
                "external_id",
                format!(
                    "the person of line {line}, expected the same username, email and display_name"
                ),
            );
        }
    }
}

fn digest(parts: &[&str]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let mut half = [0; 16];
    half.iter_mut()
        .zip(hash.finalize())
        .for_each(|(to, from)| *to = from);
    half
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::table::Table;

    fn faults_of(rows: &str) -> Vec<String> {
        let header = "organization,username,email,display_name,external_id,attributes\n";
        let text = format!("{header}{rows}");
        let mut references = References::default();
        for slug in ["acme", "globex"] {
            references
                .organizations
                .insert(slug.to_owned(), "default".to_owned());
        }
        let mut faults = Vec::new();
        let table = Table::open(&COLUMNS, text.as_bytes(), &mut faults).unwrap();
        let mut check = Check::default();
        let read: Result<(), Infallible> = table.for_each(&mut faults, |row| {
            check.row(row, &references);
            Ok(())
        });
        assert_eq!(read, Ok(()));
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn one_person_in_two_organizations() {
        let agree = "acme,al,al@a.example,Al,,\nglobex,al,al@a.example,Al,,{}\n";
        assert_eq!(faults_of(agree), [] as [&str; 0]);
        let differ = "acme,al,al@a.example,Al,,\nglobex,al,al@b.example,Al,,\n";
        assert_eq!(
            faults_of(differ),
            [
                "users.csv:3:external_id: the person of line 2, expected the same username, email and display_name"
            ]
        );
    }

    #[test]
    fn every_fault_of_a_row_is_found() {
        let faults = faults_of("Acme,,nobody,\u{7},,[]\n");
        let columns: Vec<_> = faults
            .iter()
            .filter_map(|fault| fault.split(':').nth(2))
            .collect();
        assert_eq!(
            columns,
            [
                "organization",
                "username",
                "email",
                "display_name",
                "attributes"
            ]
        );
    }

    #[test]
    fn references_and_repetitions() {
        assert_eq!(faults_of("nobody,al,,Al,,\n").len(), 1);
        assert_eq!(
            faults_of("nobody,al,,,,\nacme,bo,,,,\nacme,bo,,,,\n").len(),
            6
        );
        assert_eq!(faults_of("acme,al,,Al,x,\nacme,bo,,Bo,x,\n").len(), 2);
        assert_eq!(faults_of("acme,al,,Al,,\nacme,al,,Al,,\n").len(), 2);
    }

    #[test]
    fn attributes_are_objects() {
        assert!(attributes("").is_ok());
        assert!(attributes(r#"{"team": "a"}"#).is_ok());
        assert!(attributes(r#"{"path": "C:\\u0000"}"#).is_ok());
        let long = r#"{"n": 12345678901234567890123}"#;
        assert_eq!(attributes(long).unwrap().get(), long);
        for unfit in [
            "[]",
            "{",
            "\"x\"",
            r#"{"a": "\u0000"}"#,
            r#"{"a": "\ud800"}"#,
        ] {
            assert!(attributes(unfit).is_err(), "{unfit}");
        }
        assert!(attributes(&format!(r#"{{"a": "{}"}}"#, "x".repeat(16 * 1024))).is_err());
    }
}
