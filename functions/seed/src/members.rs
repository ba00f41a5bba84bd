//! Checks of users.csv, within the file and against the members in the database.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::{
    digest::{Digest, digest},
    fault::shown,
    file::{Check, Late, Question, Run},
    references::References,
    row::Row,
};

/// The number of rows that one question asks about.
const BATCH: usize = 5_000;

/// Stores digests and line numbers of the rows that were read.
pub struct Members {
    run: Run,
    persons: HashMap<Digest, Person>,
    asked: BTreeMap<Tenant, Vec<Member>>,
    waiting: usize,
    taken: Vec<Taken>,
}

struct Person {
    line: u64,
    description: Digest,
    username: Digest,
}

#[derive(Eq, Ord, PartialEq, PartialOrd)]
struct Tenant {
    organization: String,
    provider: String,
}

/// A tenant's rows, as they are in the question.
#[derive(Serialize)]
struct Group {
    organization: String,
    identity_provider: String,
    users: Vec<Member>,
}

#[derive(Serialize)]
struct Member {
    line: u64,
    external_id: String,
    username: String,
}

/// A row whose username another member of the organization has.
#[derive(Deserialize)]
struct Taken {
    line: u64,
    organization: String,
    identity_provider: String,
    username: String,
    holder: String,
}

impl Members {
    /// The state before the first row.
    pub fn of(run: Run) -> Self {
        Self {
            run,
            persons: HashMap::new(),
            asked: BTreeMap::new(),
            waiting: 0,
            taken: Vec::new(),
        }
    }

    /// Whether the file gives the holder another username.
    fn renames_holder(&self, taken: &Taken) -> bool {
        let person = digest([&*taken.identity_provider, &taken.holder]);
        let person = self.persons.get(&person);
        self.run.update && person.is_some_and(|found| found.username != digest([&*taken.username]))
    }
}

impl Check for Members {
    fn row(&mut self, row: &mut Row<'_>, references: &mut References) {
        let texts = [
            "organization",
            "username",
            "email",
            "display_name",
            "external_id",
        ];
        let [
            Some(organization),
            Some(username),
            Some(email),
            Some(name),
            Some(external_id),
        ] = texts.map(|column| row.text(column))
        else {
            return;
        };
        let Some(provider) = references.organizations.get(organization) else {
            return;
        };
        let description = digest([username, email, name]);
        let person = Person {
            line: row.line(),
            description,
            username: digest([username]),
        };
        let person = self
            .persons
            .entry(digest([provider, external_id]))
            .or_insert(person);
        if person.description != description {
            let line = person.line;
            row.wrong(
                "external_id",
                format!(
                    "the same person as on line {line}, expected the same username, email and display_name"
                ),
            );
        }
        // An organization that does not exist yet has no members.
        if !references.added_organizations.contains(organization) {
            let tenant = Tenant {
                organization: organization.to_owned(),
                provider: provider.clone(),
            };
            self.asked.entry(tenant).or_default().push(Member {
                line: row.line(),
                external_id: external_id.to_owned(),
                username: username.to_owned(),
            });
            self.waiting += 1;
        }
    }

    fn question(&mut self, at_end: bool) -> serde_json::Result<Option<Question>> {
        if self.waiting == 0 || (self.waiting < BATCH && !at_end) {
            return Ok(None);
        }
        self.waiting = 0;
        let groups = std::mem::take(&mut self.asked).into_iter();
        let groups = groups.map(|(tenant, users)| Group {
            organization: tenant.organization,
            identity_provider: tenant.provider,
            users,
        });
        Ok(Some(Question {
            function: "seed_taken_usernames",
            json: serde_json::to_string(&groups.collect::<Vec<_>>())?,
        }))
    }

    fn answer(&mut self, answer: &str) -> serde_json::Result<()> {
        let taken: Vec<Taken> = serde_json::from_str(answer)?;
        self.taken.extend(taken);
        Ok(())
    }

    fn end(&mut self) -> Vec<Late> {
        let taken = std::mem::take(&mut self.taken).into_iter();
        let taken = taken.filter(|taken| !self.renames_holder(taken));
        let late = taken.map(|taken| Late {
            line: taken.line,
            column: "username",
            message: format!(
                "{} of {} belongs to the member with the external_id {}, expected one of no other member",
                shown(&taken.username),
                taken.organization,
                shown(&taken.holder)
            ),
        });
        late.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::{checking::check, testing, users};

    /// The errors in rows if PostgreSQL gives this answer to the one question; and the question.
    fn faults_of(rows: &str, update: bool, answer: &str) -> (Vec<String>, String) {
        let text = format!("{}{rows}", testing::USERS);
        let mut references = testing::references();
        let added = "initech".to_owned();
        references.added_organizations.insert(added.clone());
        references.organizations.insert(added, "default".to_owned());
        let mut faults = Vec::new();
        let asked = RefCell::new(Vec::new());
        check(
            &users::FILE,
            text.as_bytes(),
            Run { update },
            &mut references,
            &mut faults,
            |question| {
                asked.borrow_mut().push(question.json);
                Ok(answer.to_owned())
            },
        )
        .unwrap();
        let faults = faults.iter().map(ToString::to_string).collect();
        (faults, asked.into_inner().join("\n"))
    }

    #[test]
    fn rows_of_one_person_agree() {
        let agree = "acme,al,al@a.example,Al,,\nglobex,al,al@a.example,Al,,{}\n";
        assert_eq!(faults_of(agree, false, "[]").0, [] as [&str; 0]);
        let differ = "acme,al,al@a.example,Al,,\nglobex,al,al@b.example,Al,,\n";
        assert_eq!(
            faults_of(differ, false, "[]").0,
            [
                "users.csv:3:external_id: the same person as on line 2, expected the same username, email and \
                 display_name"
            ]
        );
    }

    #[test]
    fn organizations_that_are_there_are_asked_for_taken_usernames() {
        let rows = "initech,al,,Al,,\nglobex,al,,Al,,\nacme,bo,,Bo,x,\n";
        let (faults, asked) = faults_of(rows, false, "[]");
        assert_eq!(faults, [] as [&str; 0]);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&asked).unwrap(),
            serde_json::json!([
                {
                    "organization": "acme",
                    "identity_provider": "default",
                    "users": [{"line": 4, "external_id": "x", "username": "bo"}],
                },
                {
                    "organization": "globex",
                    "identity_provider": "default",
                    "users": [{"line": 3, "external_id": "al", "username": "al"}],
                },
            ])
        );
        assert_eq!(faults_of("initech,al,,Al,,\n", false, "").1, "");
    }

    #[test]
    fn a_taken_username_is_a_fault_unless_its_holder_gives_it_up() {
        let answer = r#"[{"line": 2, "organization": "acme", "identity_provider": "default",
            "username": "al", "holder": "id-1"}]"#;
        let taken = "users.csv:2:username: \"al\" of acme belongs to the member with the external_id \"id-1\", expected one of no other member";
        let alone = "acme,al,,Al,id-2,\n";
        let renamed = "acme,al,,Al,id-2,\nacme,alan,,Alan,id-1,\n";
        let elsewhere = "acme,al,,Al,id-2,\nglobex,al,,Alan,id-1,\n";
        for (rows, update, expected) in [
            (alone, false, &[taken][..]),
            (alone, true, &[taken]),
            (renamed, false, &[taken]),
            (renamed, true, &[]),
            (elsewhere, true, &[taken]),
        ] {
            assert_eq!(
                faults_of(rows, update, answer).0,
                expected,
                "{rows} {update}"
            );
        }
    }

    #[test]
    fn faults_come_in_the_order_of_lines() {
        let answer = r#"[{"line": 2, "organization": "acme", "identity_provider": "default",
            "username": "al", "holder": "id-1"}]"#;
        let faults = faults_of("acme,al,,Al,id-2,\nacme,bo,,,,\n", false, answer).0;
        assert_eq!(testing::places(&faults), ["2:username", "3:display_name"]);
    }
}
