//! Checks of roles.csv, within the file and against the roles in the database.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::{
    fault::shown,
    file::{Check, Late, Question, Run},
    inheritance::{Chain, Inheritance, Name, meant, named},
    references::{References, Subject},
    row::Row,
};

/// The organization to which the rows of global roles belong.
const PLATFORM: &str = "platform";

/// Checks that roles inherit roles that exist, neither in a cycle nor deeper than decisions follow, and that no
/// organization's own role has the slug of a global one. It stores all rows, since each role may inherit each other.
pub struct Hierarchy {
    run: Run,
    rows: BTreeMap<Name, Declared>,
    known: BTreeMap<Name, Vec<String>>,
}

struct Declared {
    line: u64,
    inherits: Vec<String>,
}

/// The roles of the database that are needed, as the question has them.
#[derive(Serialize)]
struct Asked<'a> {
    organizations: Vec<&'a str>,
    global: Vec<&'a str>,
}

/// A role of the database; the organization of a global one is empty.
#[derive(Deserialize)]
struct Known {
    organization: String,
    role: String,
    inherits: Vec<String>,
}

impl Hierarchy {
    /// The state before the first row.
    pub fn of(run: Run) -> Self {
        Self {
            run,
            rows: BTreeMap::new(),
            known: BTreeMap::new(),
        }
    }

    /// The roles as they will be after the run.
    fn afterwards(&self) -> BTreeMap<Name, Vec<String>> {
        let mut roles = self.known.clone();
        for (name, row) in &self.rows {
            if self.run.update || !roles.contains_key(name) {
                roles.insert(name.clone(), row.inherits.clone());
            }
        }
        roles
    }

    /// Adds the errors of rows that inherit roles that do not exist.
    fn unknown(&self, roles: &BTreeMap<Name, Vec<String>>, late: &mut Vec<Late>) {
        for (name, row) in &self.rows {
            let of = if name.0.is_empty() {
                "a global one"
            } else {
                "one of its organization or a global one"
            };
            let unknown = row.inherits.iter();
            let unknown = unknown.filter(|slug| meant(roles, name, slug).is_none());
            late.extend(unknown.map(|slug| Late {
                line: row.line,
                column: "inherits",
                message: format!("no role {}, expected {of}", shown(slug)),
            }));
        }
    }

    /// Adds the errors of rows with a slug that would be both a global role's and an organization's own.
    fn taken(&self, roles: &BTreeMap<Name, Vec<String>>, late: &mut Vec<Late>) {
        for ((organization, slug), row) in &self.rows {
            let name = shown(slug);
            let message = if organization.is_empty() {
                // If the own role is a row of this file, that row has the error.
                let mut others = roles.keys().filter(|own| !self.rows.contains_key(*own));
                let own = others.find(|(of, own)| !of.is_empty() && own == slug);
                own.map(|(of, _)| {
                    format!("{name} is already a role of {of}, expected a slug that no organization's own role has")
                })
            } else {
                let global = roles.get(&(String::new(), slug.clone()));
                global.map(|_| format!("{name} is already a global role, expected another slug"))
            };
            late.extend(message.map(|message| Late {
                line: row.line,
                column: "role",
                message,
            }));
        }
    }

    /// Adds the errors of rows that close a cycle or make a chain too long.
    fn unfollowed(&self, roles: &BTreeMap<Name, Vec<String>>, late: &mut Vec<Late>) {
        let inheritance = Inheritance::of(roles);
        let mut told = HashSet::new();
        let mut add = |chain: &Chain<'_>, message: String| {
            let lines_of = chain.iter().filter_map(|name| self.rows.get(*name));
            // One row can do so in many organizations, but is reported once.
            let line = lines_of.map(|row| row.line).min();
            if let Some(line) = line.filter(|line| told.insert(*line)) {
                late.push(Late {
                    line,
                    column: "inherits",
                    message,
                });
            }
        };
        for cycle in inheritance.cycles() {
            let named = named(&cycle);
            add(
                &cycle,
                format!("a cycle of inheritance, {named}, expected none"),
            );
        }
        for chain in inheritance.too_deep() {
            let (count, named) = (chain.len(), named(&chain));
            add(
                &chain,
                format!(
                    "a chain of {count} roles, {named}, expected at most the nine that decisions follow"
                ),
            );
        }
    }
}

impl Check for Hierarchy {
    fn row(&mut self, row: &mut Row<'_>, references: &mut References) {
        let (Some(organization), Some(role)) = (row.word("organization"), row.text("role")) else {
            return;
        };
        if organization.is_empty() && !references.allow(Subject::Organization, PLATFORM) {
            row.wrong(
                "organization",
                "a global role needs the organization platform, expected it in organizations.csv or the database",
            );
        }
        references.add_role(organization, role);
        let name = (organization.to_owned(), role.to_owned());
        let declared = Declared {
            line: row.line(),
            inherits: row
                .list("inherits")
                .into_iter()
                .map(str::to_owned)
                .collect(),
        };
        self.rows.entry(name).or_insert(declared);
    }

    fn question(&mut self, at_end: bool) -> serde_json::Result<Option<Question>> {
        if !at_end || self.rows.is_empty() {
            return Ok(None);
        }
        let (global, own): (Vec<_>, Vec<_>) = self
            .rows
            .keys()
            .partition(|(organization, _)| organization.is_empty());
        let mut organizations: Vec<_> = own.into_iter().map(|(name, _)| name.as_str()).collect();
        organizations.dedup();
        let asked = Asked {
            organizations,
            global: global.into_iter().map(|(_, slug)| slug.as_str()).collect(),
        };
        Ok(Some(Question {
            function: "seed_known_roles",
            json: serde_json::to_string(&asked)?,
        }))
    }

    fn answer(&mut self, answer: &str) -> serde_json::Result<()> {
        let known: Vec<Known> = serde_json::from_str(answer)?;
        let known = known.into_iter();
        self.known = known
            .map(|role| ((role.organization, role.role), role.inherits))
            .collect();
        Ok(())
    }

    fn end(&mut self) -> Vec<Late> {
        let roles = self.afterwards();
        let mut late = Vec::new();
        self.unknown(&roles, &mut late);
        self.taken(&roles, &mut late);
        self.unfollowed(&roles, &mut late);
        late
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::{checking::check, roles, testing};

    /// The errors in rows if PostgreSQL gives this answer to the one question; and the question.
    fn faults_of(rows: &str, update: bool, answer: &str) -> (Vec<String>, String) {
        let text = format!("organization,role,name,description,inherits,groups\n{rows}");
        let mut references = testing::references();
        let platform = (PLATFORM.to_owned(), "default".to_owned());
        references.organizations.extend([platform]);
        let mut faults = Vec::new();
        let asked = RefCell::new(String::new());
        check(
            &roles::FILE,
            text.as_bytes(),
            Run { update },
            &mut references,
            &mut faults,
            |question| {
                asked.borrow_mut().push_str(&question.json);
                Ok(answer.to_owned())
            },
        )
        .unwrap();
        let faults = faults.iter().map(|fault| {
            let fault = fault.to_string();
            fault.replace("roles.csv:", "")
        });
        (faults.collect(), asked.into_inner())
    }

    fn faults(rows: &str) -> Vec<String> {
        faults_of(rows, false, "[]").0
    }

    #[test]
    fn the_database_is_asked_for_what_rows_must_fit_to() {
        let asked = faults_of(
            ",admin,A,,,\nacme,x-1,X,,,\nacme,x-2,X,,,\nglobex,x-1,X,,,\n",
            false,
            "[]",
        )
        .1;
        assert_eq!(
            asked,
            r#"{"organizations":["acme","globex"],"global":["admin"]}"#
        );
    }

    #[test]
    fn what_is_inherited_must_be_there() {
        let known = r#"[{"organization": "acme", "role": "viewer", "inherits": []},
            {"organization": "", "role": "admin", "inherits": []}]"#;
        let rows = "acme,editor,E,,viewer;admin;other,\nglobex,editor,E,,viewer,\n,satellite,S,,viewer;admin,\n";
        assert_eq!(
            faults_of(rows, false, known).0,
            [
                "2:inherits: no role \"other\", expected one of its organization or a global one",
                "3:inherits: no role \"viewer\", expected one of its organization or a global one",
                "4:inherits: no role \"viewer\", expected a global one"
            ]
        );
    }

    #[test]
    fn a_global_roles_slug_is_nobody_elses() {
        let known = r#"[{"organization": "", "role": "admin", "inherits": []},
            {"organization": "globex", "role": "auditor", "inherits": []}]"#;
        let rows = "acme,admin,A,,,\n,auditor,A,,,\n,helper,H,,,\nplatform,helper,H,,,\n";
        assert_eq!(
            faults_of(rows, false, known).0,
            [
                "2:role: \"admin\" is already a global role, expected another slug",
                "3:role: \"auditor\" is already a role of globex, expected a slug that no organization's own role has",
                "5:role: \"helper\" is already a global role, expected another slug"
            ]
        );
    }

    #[test]
    fn circles_and_chains_are_told_with_their_roles() {
        let circle = "acme,one,O,,two,\nacme,two,T,,one,\nacme,own,O,,own,\n";
        assert_eq!(
            faults(circle),
            [
                "2:inherits: a cycle of inheritance, one > two > one of acme, expected none",
                "4:inherits: a cycle of inheritance, own > own of acme, expected none"
            ]
        );
        let chain: String = (1..=9)
            .map(|n| format!("acme,r-{n},R,,r-{},\n", n + 1))
            .collect();
        assert_eq!(
            faults(&format!("{chain}acme,r-10,R,,,\n")),
            [
                "2:inherits: a chain of 10 roles, r-1 > r-2 > r-3 > r-4 > r-5 > r-6 > r-7 > r-8 > r-9 > r-10 of \
                 acme, expected at most the nine that decisions follow"
            ]
        );
    }

    /// The roles of the database count as they will be after the run.
    #[test]
    fn a_row_may_close_a_circle_of_the_database() {
        let known = r#"[{"organization": "acme", "role": "one", "inherits": ["two"]},
            {"organization": "acme", "role": "two", "inherits": []}]"#;
        let row = "acme,two,T,,one,\n";
        assert_eq!(faults_of(row, false, known).0, [] as [&str; 0]);
        assert_eq!(
            faults_of(row, true, known).0,
            ["2:inherits: a cycle of inheritance, one > two > one of acme, expected none"]
        );
    }

    #[test]
    fn a_global_role_may_make_chains_of_organizations_too_long() {
        let mut known: Vec<_> = (1..=8)
            .map(|n| {
                format!(
                    r#"{{"organization": "acme", "role": "r-{n}", "inherits": ["r-{}"]}}"#,
                    n + 1
                )
            })
            .collect();
        known.push(r#"{"organization": "acme", "role": "r-9", "inherits": ["base"]}"#.to_owned());
        let found = faults_of(",base,B,,,\n", false, &format!("[{}]", known.join(","))).0;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("2:inherits: a chain of 10 roles, r-1 > "),
            "{found:?}"
        );
    }

    #[test]
    fn a_global_role_needs_platform() {
        let text = "organization,role,name,description,inherits\n,admin,A,,\n";
        assert_eq!(
            testing::places(&testing::faults_of(&roles::FILE, text)),
            ["2:organization"]
        );
    }
}
