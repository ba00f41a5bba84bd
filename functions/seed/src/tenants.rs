//! Checks of organizations.csv: values that must be unique, within the file and in the database.

use std::collections::{HashMap, HashSet};

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

/// Checks that a domain belongs to one organization, that no two organizations have the same identifier of a provider,
/// and that an organization with persons stays with their provider.
pub struct Tenants {
    run: Run,
    domains: HashSet<String>,
    identifiers: HashMap<Digest, u64>,
    asked: Vec<Asked>,
    found: Vec<Late>,
}

/// A row as it is in the question.
#[derive(Serialize)]
struct Asked {
    line: u64,
    slug: String,
    identity_provider: String,
    external_id: Option<String>,
}

#[derive(Deserialize)]
struct Found {
    line: u64,
    fault: Fault,
    holder: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fault {
    ExternalIdTaken,
    ProviderInUse,
}

impl Tenants {
    /// The state before the first row.
    pub fn of(run: Run) -> Self {
        Self {
            run,
            domains: HashSet::new(),
            identifiers: HashMap::new(),
            asked: Vec::new(),
            found: Vec::new(),
        }
    }

    fn check_domains(&mut self, slug: &str, row: &mut Row<'_>, references: &References) {
        for domain in row.list("domains") {
            let owner = references.domains.get(domain);
            if !self.domains.insert(domain.to_owned()) {
                row.wrong(
                    "domains",
                    format!("{domain} is a duplicate in this file, expected once"),
                );
            } else if let Some(owner) = owner.filter(|owner| *owner != slug) {
                row.wrong(
                    "domains",
                    format!(
                        "{domain} belongs to {owner}, expected a domain of no other organization"
                    ),
                );
            }
        }
    }
}

impl Check for Tenants {
    fn row(&mut self, row: &mut Row<'_>, references: &mut References) {
        let Some(slug) = row.text("slug") else { return };
        self.check_domains(slug, row, references);
        let stands = references.organizations.contains_key(slug);
        if !stands {
            references.added_organizations.insert(slug.to_owned());
        }
        let provider = row.text("identity_provider").unwrap_or_default();
        // Without an update, an existing organization keeps its provider.
        if !stands || self.run.update {
            references
                .organizations
                .insert(slug.to_owned(), provider.to_owned());
        }
        let external_id = row.text("external_id");
        if let Some(id) = external_id
            && let Some(line) = self.identifiers.insert(digest([provider, id]), row.line())
        {
            let message = format!("{} of {provider} is a duplicate of line {line}", shown(id));
            row.wrong("external_id", message);
        }
        if external_id.is_some() || stands {
            self.asked.push(Asked {
                line: row.line(),
                slug: slug.to_owned(),
                identity_provider: provider.to_owned(),
                external_id: external_id.map(str::to_owned),
            });
        }
    }

    fn question(&mut self, at_end: bool) -> serde_json::Result<Option<Question>> {
        if self.asked.is_empty() || (self.asked.len() < BATCH && !at_end) {
            return Ok(None);
        }
        Ok(Some(Question {
            function: "seed_organization_faults",
            json: serde_json::to_string(&std::mem::take(&mut self.asked))?,
        }))
    }

    fn answer(&mut self, answer: &str) -> serde_json::Result<()> {
        let found: Vec<Found> = serde_json::from_str(answer)?;
        self.found.extend(found.into_iter().map(|found| {
            let holder = found.holder;
            let (column, message) = match found.fault {
                Fault::ExternalIdTaken => (
                    "external_id",
                    format!("it is the identity provider's id of {holder}, expected one of no other organization"),
                ),
                Fault::ProviderInUse => (
                    "identity_provider",
                    format!(
                        "a change for an organization with members or role assignments, expected {holder}"
                    ),
                ),
            };
            Late {
                line: found.line,
                column,
                message,
            }
        }));
        Ok(())
    }

    fn end(&mut self) -> Vec<Late> {
        std::mem::take(&mut self.found)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use crate::{checking::check, file::Run, organizations, testing};

    /// The errors in rows if PostgreSQL gives this answer to the one question; and the question.
    fn faults_of(rows: &str, answer: &str) -> (Vec<String>, String) {
        let text = format!("slug,name,plan,domains,identity_provider,external_id\n{rows}");
        let mut references = testing::references();
        references.providers.insert("other".to_owned());
        let mut faults = Vec::new();
        let asked = RefCell::new(String::new());
        check(
            &organizations::FILE,
            text.as_bytes(),
            Run { update: true },
            &mut references,
            &mut faults,
            |question| {
                asked.borrow_mut().push_str(&question.json);
                Ok(answer.to_owned())
            },
        )
        .unwrap();
        let faults = faults.iter().map(ToString::to_string).collect();
        (faults, asked.into_inner())
    }

    #[test]
    fn a_provider_calls_no_two_the_same() {
        let rows = "hooli,H,pro,,,x\ninitech,I,pro,,other,x\nvandelay,V,pro,,default,x\nstark,S,pro,,,\nwayne,W,pro,,,\n";
        let (faults, asked) = faults_of(
            rows,
            r#"[{"line": 3, "fault": "external_id_taken", "holder": "acme"}]"#,
        );
        assert_eq!(
            faults,
            [
                "organizations.csv:3:external_id: it is the identity provider's id of acme, expected one of no other \
                 organization",
                "organizations.csv:4:external_id: \"x\" of default is a duplicate of line 2",
            ]
        );
        assert_eq!(asked.matches("\"line\"").count(), 3, "{asked}");
    }

    #[test]
    fn an_organization_stays_with_the_provider_of_its_persons() {
        let answer = r#"[{"line": 2, "fault": "provider_in_use", "holder": "default"}]"#;
        assert_eq!(
            faults_of("acme,A,pro,,other,\n", answer),
            (
                vec!["organizations.csv:2:identity_provider: a change for an organization with members or role \
                      assignments, expected default".to_owned()],
                r#"[{"line":2,"slug":"acme","identity_provider":"other","external_id":null}]"#.to_owned()
            )
        );
        assert_eq!(faults_of("hooli,H,pro,,other,\n", "").1, "");
    }
}
