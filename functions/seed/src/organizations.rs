//! organizations.csv.

use std::collections::{HashMap, HashSet};

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

/// What fits of a row's cells; the others are faults of it already.
struct Cells {
    slug: Option<Slug>,
    name: Option<String>,
    plan: Option<Plan>,
    domains: Option<Vec<String>>,
    billing_email: Option<Option<String>>,
    identity_provider: Option<String>,
}

fn cells(row: &mut Row<'_>) -> Cells {
    Cells {
        slug: row.value("slug", Slug::try_from),
        name: row.value("name", |text| vocabulary::name(text).map(str::to_owned)),
        plan: row.value("plan", str::parse),
        domains: row.list("domains", |text| {
            vocabulary::domain(text).map(str::to_owned)
        }),
        billing_email: row.value("billing_email", |text| match text {
            "" => Ok(None),
            text => vocabulary::email(text).map(|email| Some(email.to_owned())),
        }),
        identity_provider: row.text("identity_provider").map(|text| match text {
            "" => "default".to_owned(),
            named => named.to_owned(),
        }),
    }
}

/// Reads a row; answers `None` where it is at fault.
pub fn read(row: &mut Row<'_>) -> Option<Organization> {
    let cells = cells(row);
    Some(Organization {
        slug: cells.slug?,
        name: cells.name?,
        plan: cells.plan?,
        domains: cells.domains?,
        billing_email: cells.billing_email?,
        identity_provider: cells.identity_provider?,
    })
}

/// Checks rows against each other and against what there is.
#[derive(Default)]
pub struct Check {
    lines: HashMap<Slug, u64>,
    domains: HashSet<String>,
}

impl Check {
    /// Checks a row and adds it to what others may refer to, even where another cell is at fault.
    pub fn row(&mut self, row: &mut Row<'_>, references: &mut References) {
        let cells = cells(row);
        let provider = cells.identity_provider.unwrap_or_default();
        if !references.providers.contains(&provider) {
            row.wrong(
                "identity_provider",
                format!("no provider {provider:?}, expected a known one"),
            );
        }
        let Some(slug) = cells.slug else { return };
        if let Some(line) = self.lines.insert(slug.clone(), row.line()) {
            row.wrong(
                "slug",
                format!("{slug} stands on line {line} already, expected once"),
            );
        }
        for domain in cells.domains.into_iter().flatten() {
            if !self.domains.insert(domain.clone()) {
                row.wrong(
                    "domains",
                    format!("{domain} stands in the file already, expected once"),
                );
            } else if let Some(owner) = references
                .domains
                .get(&domain)
                .filter(|owner| **owner != slug.as_str())
            {
                row.wrong(
                    "domains",
                    format!("{domain} belongs to {owner}, expected one of nobody else"),
                );
            }
        }
        references.organizations.insert(slug.into(), provider);
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::table::Table;

    fn faults_of(rows: &str) -> Vec<String> {
        let text = format!("slug,name,plan,domains\n{rows}");
        let mut references = References::default();
        references.providers.insert("default".to_owned());
        references
            .domains
            .insert("taken.example".to_owned(), "acme".to_owned());
        let mut faults = Vec::new();
        let table = Table::open(&COLUMNS, text.as_bytes(), &mut faults).unwrap();
        let mut check = Check::default();
        let read: Result<(), Infallible> = table.for_each(&mut faults, |row| {
            check.row(row, &mut references);
            Ok(())
        });
        assert_eq!(read, Ok(()));
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_domain_belongs_to_one() {
        assert_eq!(
            faults_of("acme,A,pro,taken.example;b.example\n"),
            [] as [&str; 0]
        );
        assert_eq!(faults_of("globex,G,pro,taken.example\n").len(), 1);
        assert_eq!(faults_of("globex,G,pro,a.example;a.example\n").len(), 1);
        assert_eq!(
            faults_of("globex,G,pro,a.example\nhooli,H,pro,a.example\n").len(),
            1
        );
    }

    #[test]
    fn one_fault_hides_no_other() {
        let faults = faults_of("globex,,gold,taken.example\nglobex,G,pro,\n");
        let places: Vec<_> = faults
            .iter()
            .map(|fault| {
                fault
                    .splitn(4, ':')
                    .take(3)
                    .skip(1)
                    .collect::<Vec<_>>()
                    .join(":")
            })
            .collect();
        assert_eq!(places, ["2:name", "2:plan", "2:domains", "3:slug"]);
    }
}
