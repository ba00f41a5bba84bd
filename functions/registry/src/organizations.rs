//! The path and the body of an organization, validated.

use std::collections::HashSet;

use serde_json::value::RawValue;
use service::{
    http::{
        fields::{Fields, text, word},
        page::{self, Limit},
    },
    problem::Problem,
};
use uuid::Uuid;
use vocabulary::{Invalid, Slug};

use crate::api::organizations::{Billing, OrganizationContent, OrganizationsQuery};

/// The organization that `{organization}` in a path names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OrganizationRef {
    /// An organization, by its slug.
    Slug(Slug),
    /// An organization, by its id.
    Id(Uuid),
    /// A name that no organization can have.
    Nobody,
}

impl OrganizationRef {
    /// A slug is never the hyphenated form of a UUID, and no other form is accepted as an id.
    pub fn new(segment: &str) -> Self {
        match Slug::try_from(segment) {
            Ok(slug) => Self::Slug(slug),
            Err(_) => vocabulary::id(segment).map_or(Self::Nobody, Self::Id),
        }
    }
}

/// Validates the list's query before any store is asked.
pub fn selection(query: &OrganizationsQuery) -> Result<(Limit, Option<Slug>), Problem> {
    let limit = Limit::new(query.limit)?;
    let after = query.cursor.as_deref().map(page::slug_in).transpose()?;
    Ok((limit, after))
}

/// Checks the content of `PUT /v1/organizations/{organization}`, except for what only the database knows.
pub fn content(
    segment: &str,
    body: Box<RawValue>,
) -> Result<(OrganizationRef, OrganizationContent), Problem> {
    let mut fields = Fields::new(&body)?;
    let named = match OrganizationRef::new(segment) {
        OrganizationRef::Nobody => fields
            .judge("slug", Slug::try_from(segment))
            .map(OrganizationRef::Slug),
        named => Some(named),
    };
    let name = fields.required("name", text(vocabulary::name));
    let plan = fields.required("plan", word);
    let billing = fields.within("billing", |billing| {
        let email = billing.optional("email", text(vocabulary::email));
        let reference = billing.optional("reference", text(vocabulary::name));
        email.zip(reference)
    });
    let domains = fields.each("domains", text(vocabulary::domain));
    let mut seen = HashSet::new();
    for (index, domain) in domains.iter().flatten().enumerate() {
        if !seen.insert(domain) {
            fields.judge::<()>(
                &format!("domains/{index}"),
                Err(Invalid("each domain once")),
            );
        }
    }
    let status = fields.required("status", word);
    let identity_provider = fields.optional("identity_provider", text(vocabulary::slug));
    let external_id = fields.optional("external_id", text(vocabulary::external_id));
    let whole = || {
        let (email, reference) = billing??;
        let content = OrganizationContent {
            name: name?,
            plan: plan?,
            billing: Billing { email, reference },
            domains: domains?,
            status: status?,
            identity_provider: identity_provider?,
            external_id: external_id?,
        };
        Some((named?, content))
    };
    fields.finish(whole())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json, value::to_raw_value};

    use super::*;

    fn content(
        segment: &str,
        body: Value,
    ) -> Result<(OrganizationRef, OrganizationContent), Problem> {
        super::content(segment, to_raw_value(&body).unwrap())
    }

    #[test]
    fn what_a_path_names() {
        let id = "01970000-0000-7000-8000-000000000001";
        assert_eq!(
            OrganizationRef::new("acme"),
            OrganizationRef::Slug("acme".try_into().unwrap())
        );
        assert_eq!(
            OrganizationRef::new(id),
            OrganizationRef::Id(Uuid::try_parse(id).unwrap())
        );
        assert_eq!(
            OrganizationRef::new(&id.replace('-', "")),
            OrganizationRef::Slug(id.replace('-', "").as_str().try_into().unwrap())
        );
        assert_eq!(OrganizationRef::new("Acme"), OrganizationRef::Nobody);
        assert_eq!(OrganizationRef::new(""), OrganizationRef::Nobody);
    }

    #[test]
    fn what_is_absent_is_empty_or_stays() {
        let body = json!({"name": "Acme", "plan": "pro", "status": "active"});
        let (_, content) = content("acme", body).unwrap();
        assert_eq!(content.billing, Billing::default());
        assert!(content.domains.is_empty());
        assert_eq!(content.identity_provider, None);
        assert_eq!(content.external_id, None);
    }

    #[test]
    fn all_faults_at_once() {
        let body = json!({
            "plan": "gold", "status": "gone", "identity_provider": "No",
            "external_id": "", "billing": {"email": "nobody", "reference": ""},
            "domains": ["a.example", "b.example", "a.example", "C"],
        });
        let problem = content("No", body).unwrap_err();
        let document = serde_json::to_value(problem).unwrap();
        let mut pointers: Vec<_> = document["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["pointer"].as_str().unwrap())
            .collect();
        pointers.sort_unstable();
        let expected = [
            "/billing/email",
            "/billing/reference",
            "/domains/3",
            "/external_id",
            "/identity_provider",
            "/name",
            "/plan",
            "/slug",
            "/status",
        ];
        assert_eq!(pointers, expected);
    }

    #[test]
    fn a_domain_stands_once() {
        let body = json!({
            "name": "Acme", "plan": "pro", "status": "active",
            "domains": ["a.example", "b.example", "a.example"],
        });
        let document = serde_json::to_value(content("acme", body).unwrap_err()).unwrap();
        assert_eq!(document["errors"][0]["pointer"], "/domains/2");
    }
}
