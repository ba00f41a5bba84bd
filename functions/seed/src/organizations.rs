//! organizations.csv.

use std::collections::HashSet;

use vocabulary::Plan;

use crate::{
    column::{Column, Empty, slug, word},
    file::{Check, File, Run, Step},
    references::{References, Subject},
    row::Row,
};

pub static FILE: File = File {
    name: "organizations.csv",
    describes: Some(Subject::Organization),
    columns: &[
        Column::word("slug", slug),
        Column::word("name", vocabulary::name),
        Column::word("plan", word::<Plan>),
        Column::words("domains", vocabulary::domain),
        Column::word("billing_email", vocabulary::email)
            .or(Empty::Null)
            .optional(),
        Column::word("identity_provider", slug)
            .or(Empty::Text("default"))
            .refers_to(Subject::IdentityProvider)
            .optional(),
    ],
    keys: &[&["slug"]],
    numbered: &[],
    check: Some(|run| Box::new(Domains::of(run))),
    groups: None,
    steps: &[Step {
        function: "seed_organizations",
        updates: true,
        counted_as: "organizations",
    }],
};

/// Sees to it that a domain belongs to one organization.
struct Domains {
    run: Run,
    seen: HashSet<String>,
}

impl Domains {
    fn of(run: Run) -> Self {
        Self {
            run,
            seen: HashSet::new(),
        }
    }
}

impl Check for Domains {
    fn row(&mut self, row: &mut Row<'_>, references: &mut References) {
        let Some(slug) = row.text("slug") else { return };
        for domain in row.list("domains") {
            let owner = references.domains.get(domain);
            if !self.seen.insert(domain.to_owned()) {
                row.wrong(
                    "domains",
                    format!("{domain} stands in the file already, expected once"),
                );
            } else if let Some(owner) = owner.filter(|owner| *owner != slug) {
                row.wrong(
                    "domains",
                    format!("{domain} belongs to {owner}, expected one of nobody else"),
                );
            }
        }
        let stands = references.organizations.contains_key(slug);
        if !stands {
            references.added_organizations.insert(slug.to_owned());
        }
        // Without an update, one that exists keeps the provider that it has.
        if !stands || self.run.update {
            let provider = row.text("identity_provider").unwrap_or_default();
            references
                .organizations
                .insert(slug.to_owned(), provider.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{faults_of, places};

    fn faults(rows: &str) -> Vec<String> {
        faults_of(&FILE, &format!("slug,name,plan,domains\n{rows}"))
    }

    #[test]
    fn a_domain_belongs_to_one() {
        let none: [&str; 0] = [];
        assert_eq!(faults("acme,A,pro,acme.example;b.example\n"), none);
        assert_eq!(faults("hooli,H,pro,acme.example\n").len(), 1);
        assert_eq!(faults("hooli,H,pro,a.example;a.example\n").len(), 1);
        let twice = "initech,I,pro,a.example\nhooli,H,pro,a.example\n";
        assert_eq!(faults(twice).len(), 1);
    }

    #[test]
    fn one_fault_hides_no_other() {
        let found = faults("hooli,,gold,acme.example\nhooli,H,pro,\n");
        assert_eq!(places(&found), ["2:name", "2:plan", "2:domains", "3:slug"]);
    }

    #[test]
    fn a_provider_must_be_known() {
        let header = "slug,name,plan,domains,identity_provider\n";
        let text = format!("{header}hooli,H,pro,,\ninitech,I,pro,,elsewhere\n");
        assert_eq!(
            faults_of(&FILE, &text),
            [
                "organizations.csv:3:identity_provider: no identity provider \"elsewhere\", expected one of the database"
            ]
        );
    }
}
