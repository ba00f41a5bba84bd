//! Checks of role_assignments.csv against the database: the roles must exist, and no organization may lose its last
//! administrator.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{
    file::{Check, Late, Question},
    references::References,
    role_names::RoleNames,
    row::Row,
};

/// The roles that make their holders administrators.
const ADMINISTRATORS: [&str; 2] = ["admin", "platform-admin"];

/// Collects the names of roles and the rows of administrators that PostgreSQL must be asked about.
pub struct Assignments {
    names: RoleNames,
    administrators: BTreeMap<String, Vec<Administrator>>,
    without: Vec<String>,
}

/// A row with one of these roles, as it is in the question.
#[derive(Serialize)]
struct Administrator {
    /// Made of the line number, so that the rows keep their order.
    id: Uuid,
    username: String,
    role: String,
    valid_until: Option<String>,
    #[serde(skip)]
    line: u64,
}

#[derive(Serialize)]
struct Asked<'a> {
    names: Box<RawValue>,
    assignments: Vec<Group<'a>>,
}

#[derive(Serialize)]
struct Group<'a> {
    organization: &'a str,
    assignments: &'a [Administrator],
}

#[derive(Deserialize)]
struct Answer {
    unknown: Box<RawValue>,
    without_administrators: Vec<String>,
}

impl Assignments {
    /// The state before the first row.
    pub fn new() -> Self {
        Self {
            names: RoleNames::own_or_global(),
            administrators: BTreeMap::new(),
            without: Vec::new(),
        }
    }
}

impl Check for Assignments {
    fn row(&mut self, row: &mut Row<'_>, references: &mut References) {
        self.names.row(row, references);
        let texts = ["organization", "username", "role"].map(|column| row.text(column));
        let [Some(organization), Some(username), Some(role)] = texts else {
            return;
        };
        // An organization that does not exist yet has no administrators to lose.
        if ADMINISTRATORS.contains(&role) && !references.added_organizations.contains(organization)
        {
            let administrator = Administrator {
                id: Uuid::from_u128(row.line().into()),
                username: username.to_owned(),
                role: role.to_owned(),
                valid_until: row.moment("valid_until").map(str::to_owned),
                line: row.line(),
            };
            let all = self.administrators.entry(organization.to_owned());
            all.or_default().push(administrator);
        }
    }

    fn question(&mut self, at_end: bool) -> serde_json::Result<Option<Question>> {
        let names = self.names.question(at_end)?;
        if !at_end || (names.is_none() && self.administrators.is_empty()) {
            return Ok(None);
        }
        let names = names.map_or_else(|| "[]".to_owned(), |names| names.json);
        let groups = self.administrators.iter();
        let asked = Asked {
            names: RawValue::from_string(names)?,
            assignments: groups
                .map(|(organization, assignments)| Group {
                    organization,
                    assignments,
                })
                .collect(),
        };
        Ok(Some(Question {
            function: "seed_assignment_faults",
            json: serde_json::to_string(&asked)?,
        }))
    }

    fn answer(&mut self, answer: &str) -> serde_json::Result<()> {
        let answer: Answer = serde_json::from_str(answer)?;
        self.without = answer.without_administrators;
        self.names.answer(answer.unknown.get())
    }

    fn end(&mut self) -> Vec<Late> {
        let mut late = self.names.end();
        for organization in &self.without {
            let rows = self.administrators.get(organization).into_iter().flatten();
            let ending = rows.filter(|row| row.valid_until.is_some());
            late.extend(ending.map(|row| Late {
                line: row.line,
                column: "valid_until",
                message: format!(
                    "an end for the last administrator of {organization}, expected another administrator without an end"
                ),
            }));
        }
        late
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use crate::{checking::check, file::Run, role_assignments, testing};

    /// The errors in rows if PostgreSQL gives this answer to the one question; and the question.
    fn faults_of(rows: &str, without_administrators: &str) -> (Vec<String>, String) {
        let mut references = testing::references();
        for (organization, role) in [("", "admin"), ("", "reader")] {
            references.add_role(organization, role);
        }
        let text = format!("organization,username,role,valid_until\n{rows}");
        let mut faults = Vec::new();
        let asked = RefCell::new(String::new());
        let run = Run { update: true };
        check(
            &role_assignments::FILE,
            text.as_bytes(),
            run,
            &mut references,
            &mut faults,
            |question| {
                asked.borrow_mut().push_str(&question.json);
                Ok(format!(
                    r#"{{"unknown": [], "without_administrators": {without_administrators}}}"#
                ))
            },
        )
        .unwrap();
        let faults = faults.iter().map(ToString::to_string).collect();
        (faults, asked.into_inner())
    }

    #[test]
    fn administrators_alone_are_asked_about() {
        let rows = "acme,al,reader,\nacme,al,admin,2030-01-01T00:00:00Z\nacme,bo,admin,\n";
        assert_eq!(
            faults_of(rows, "[]"),
            (
                Vec::new(),
                concat!(
                    r#"{"names":[],"assignments":[{"organization":"acme","assignments":["#,
                    r#"{"id":"00000000-0000-0000-0000-000000000003","username":"al","role":"admin","#,
                    r#""valid_until":"2030-01-01T00:00:00.000000Z"},"#,
                    r#"{"id":"00000000-0000-0000-0000-000000000004","username":"bo","role":"admin","#,
                    r#""valid_until":null}]}]}"#
                )
                .to_owned()
            )
        );
        assert_eq!(faults_of("acme,al,reader,\n", "[]").1, "");
    }

    #[test]
    fn an_organization_keeps_an_administrator() {
        let rows = "acme,al,admin,2030-01-01T00:00:00Z\nglobex,al,admin,2030-01-01T00:00:00Z\n";
        assert_eq!(
            faults_of(rows, r#"["globex"]"#).0,
            [
                "role_assignments.csv:3:valid_until: an end for the last administrator of globex, expected another \
                 administrator without an end"
            ]
        );
    }
}
