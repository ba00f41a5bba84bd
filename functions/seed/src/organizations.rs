//! organizations.csv.

use std::collections::HashMap;

use serde::Serialize;
use vocabulary::{Plan, Slug};

use crate::{
    references::References,
    table::{Columns, Row},
};

pub static COLUMNS: Columns = Columns {
    file: "organizations.csv",
    required: &["slug", "name", "plan", "domains"],
    optional: &["billing_email", "identity_provider"],
};

/// A row, as `shell.seed_organizations` takes it.
#[derive(Debug, Serialize)]
pub struct Organization {
    pub slug: Slug,
    name: String,
    plan: Plan,
    domains: Vec<String>,
    billing_email: Option<String>,
    identity_provider: String,
}

/// Reads a row; answers `None` where it is at fault.
pub fn read(row: &mut Row<'_>) -> Option<Organization> {
    let slug = row.value("slug", Slug::try_from);
    let name = row.value("name", vocabulary::name);
    let plan = row.value("plan", str::parse);
    let domains = row.list("domains", vocabulary::domain);
    let billing_email = row.value("billing_email", |text| match text {
        "" => Ok(None),
        text => vocabulary::email(text).map(Some),
    });
    let identity_provider = row.text("identity_provider")?;
    Some(Organization {
        slug: slug?,
        name: name?.to_owned(),
        plan: plan?,
        domains: domains?.into_iter().map(str::to_owned).collect(),
        billing_email: billing_email?.map(str::to_owned),
        identity_provider: match identity_provider {
            "" => "default".to_owned(),
            named => named.to_owned(),
        },
    })
}

/// Checks rows against each other and against what there is.
#[derive(Default)]
pub struct Check {
    lines: HashMap<Slug, u64>,
}

impl Check {
    /// Checks a row and adds it to what others may refer to.
    pub fn row(&mut self, row: &mut Row<'_>, references: &mut References) {
        let Some(organization) = read(row) else {
            return;
        };
        let slug = organization.slug.as_str();
        if let Some(line) = self.lines.insert(organization.slug.clone(), row.line()) {
            row.wrong(
                "slug",
                format!("{slug} stands on line {line} already, expected once"),
            );
        }
        let provider = organization.identity_provider;
        if !references.providers.contains(&provider) {
            row.wrong(
                "identity_provider",
                format!("no provider {provider:?}, expected a known one"),
            );
        }
        for domain in organization.domains {
            let owner = references.domains.insert(domain.clone(), slug.to_owned());
            if let Some(owner) = owner.filter(|owner| owner != slug) {
                row.wrong(
                    "domains",
                    format!("{domain} belongs to {owner}, expected one of nobody else"),
                );
            }
        }
        references.organizations.insert(slug.to_owned(), provider);
    }
}
