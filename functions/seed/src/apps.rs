//! apps.csv.

use std::collections::HashMap;

use serde::Serialize;
use vocabulary::{AppStatus, Slug};

use crate::{
    references::References,
    table::{Columns, Row},
};

pub static COLUMNS: Columns = Columns {
    file: "apps.csv",
    required: &[
        "slug",
        "name",
        "description",
        "category",
        "api_url",
        "ui_url",
        "status",
        "organizations",
    ],
    optional: &[],
};

/// Stands for every organization that exists after the run.
const ALL: &str = "*";

/// A row, as `shell.seed_apps` and `shell.seed_enablements` take it.
#[derive(Debug, Serialize)]
pub struct App {
    slug: Slug,
    name: String,
    description: String,
    category: String,
    api_url: String,
    ui_url: String,
    status: AppStatus,
    organizations: Vec<String>,
}

/// Reads a row; answers `None` where it is at fault.
pub fn read(row: &mut Row<'_>) -> Option<App> {
    let slug = row.value("slug", Slug::try_from);
    let name = row.value("name", vocabulary::name);
    let description = row.value("description", vocabulary::description);
    let category = row.value("category", vocabulary::category);
    let api_url = row.value("api_url", vocabulary::web_url);
    let ui_url = row.value("ui_url", vocabulary::web_url);
    let status = row.value("status", str::parse);
    let organizations = row.list("organizations", |text| match text {
        ALL => Ok(ALL.to_owned()),
        text => Slug::try_from(text).map(String::from),
    });
    Some(App {
        slug: slug?,
        name: name?.to_owned(),
        description: description?.to_owned(),
        category: category?.to_owned(),
        api_url: api_url?.to_owned(),
        ui_url: ui_url?.to_owned(),
        status: status?,
        organizations: organizations?,
    })
}

/// Checks rows against each other and against what there is.
#[derive(Default)]
pub struct Check {
    lines: HashMap<Slug, u64>,
}

impl Check {
    /// Checks a row; the organizations must have been checked before.
    pub fn row(&mut self, row: &mut Row<'_>, references: &References) {
        let Some(app) = read(row) else { return };
        if let Some(line) = self.lines.insert(app.slug.clone(), row.line()) {
            row.wrong(
                "slug",
                format!("{} stands on line {line} already, expected once", app.slug),
            );
        }
        for organization in &app.organizations {
            if organization != ALL && !references.organizations.contains_key(organization) {
                row.wrong(
                    "organizations",
                    format!("no organization {organization}, expected one of organizations.csv or the database"),
                );
            }
        }
    }
}
