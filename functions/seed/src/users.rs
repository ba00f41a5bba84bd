//! users.csv.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Map, Value};
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
    attributes: Map<String, Value>,
}

/// Reads a row; answers `None` where it is at fault.
pub fn read(row: &mut Row<'_>) -> Option<User> {
    let organization = row.value("organization", Slug::try_from);
    let username = row.value("username", vocabulary::external_id);
    let email = row.value("email", |text| match text {
        "" => Ok(""),
        text => vocabulary::email(text),
    });
    let display_name = row.value("display_name", vocabulary::name);
    let external_id = row.value("external_id", |text| match text {
        "" => Ok(None),
        text => vocabulary::external_id(text).map(Some),
    });
    let attributes = row.value("attributes", attributes);
    Some(User {
        organization: organization?,
        username: username?.to_owned(),
        email: email?.to_owned(),
        display_name: display_name?.to_owned(),
        external_id: external_id?.or(username).unwrap_or_default().to_owned(),
        attributes: attributes?,
    })
}

fn attributes(text: &str) -> Result<Map<String, Value>, Unfit> {
    const EXPECTED: Unfit =
        Unfit("a JSON object of at most 16 KiB without NUL characters, or nothing");
    if text.is_empty() {
        return Ok(Map::new());
    }
    // PostgreSQL keeps no NUL in a text, escaped or not.
    let fits = text.len() <= LONGEST_ATTRIBUTES && !text.contains("\\u0000");
    serde_json::from_str(text)
        .ok()
        .filter(|_| fits)
        .ok_or(EXPECTED)
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
        let Some(user) = read(row) else { return };
        let organization = user.organization.as_str();
        let Some(provider) = references.organizations.get(organization) else {
            return row.wrong(
                "organization",
                format!("no organization {organization}, expected one of organizations.csv or the database"),
            );
        };

        for (column, value) in [
            ("username", &user.username),
            ("external_id", &user.external_id),
        ] {
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

        let person = digest(&[provider, &user.external_id]);
        let description = digest(&[&user.username, &user.email, &user.display_name]);
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
        assert_eq!(faults_of("acme,al,,Al,x,\nacme,bo,,Bo,x,\n").len(), 2);
        assert_eq!(faults_of("acme,al,,Al,,\nacme,al,,Al,,\n").len(), 2);
    }

    #[test]
    fn attributes_are_objects() {
        assert!(attributes("").is_ok());
        assert!(attributes(r#"{"team": "a"}"#).is_ok());
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
