//! organizations.csv.

use vocabulary::Plan;

use crate::{
    column::{Column, Empty, slug, word},
    file::{File, Step},
    references::Subject,
    tenants::Tenants,
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
        Column::word("external_id", vocabulary::external_id)
            .or(Empty::Null)
            .optional(),
    ],
    keys: &[&["slug"]],
    numbered: &[],
    check: Some(|run| Box::new(Tenants::of(run))),
    groups: None,
    steps: &[Step {
        function: "seed_organizations",
        updates: true,
        passes_over: false,
        counted_as: "organizations",
    }],
};

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
                "organizations.csv:3:identity_provider: no identity provider \"elsewhere\", expected one of identity_providers.csv or the database"
            ]
        );
    }
}
