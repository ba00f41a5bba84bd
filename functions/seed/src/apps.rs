//! apps.csv.

use std::collections::HashMap;

use serde::Serialize;
use vocabulary::{AppStatus, Slug, Unfit};

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

/// What fits of a row's cells; the others are faults of it already.
struct Cells {
    slug: Option<Slug>,
    name: Option<String>,
    description: Option<String>,
    category: Option<String>,
    api_url: Option<String>,
    ui_url: Option<String>,
    status: Option<AppStatus>,
    organizations: Option<Vec<String>>,
}

fn cells(row: &mut Row<'_>) -> Cells {
    let mut text = |column: &str, fit: fn(&str) -> Result<&str, Unfit>| {
        row.value(column, |text| fit(text).map(str::to_owned))
    };
    Cells {
        name: text("name", vocabulary::name),
        description: text("description", vocabulary::description),
        category: text("category", vocabulary::category),
        api_url: text("api_url", vocabulary::web_url),
        ui_url: text("ui_url", vocabulary::web_url),
        slug: row.value("slug", Slug::try_from),
        status: row.value("status", str::parse),
        organizations: row.list("organizations", |text| match text {
            ALL => Ok(ALL.to_owned()),
            text => Slug::try_from(text).map(String::from),
        }),
    }
}

/// Reads a row; answers `None` where it is at fault.
pub fn read(row: &mut Row<'_>) -> Option<App> {
    let cells = cells(row);
    Some(App {
        slug: cells.slug?,
        name: cells.name?,
        description: cells.description?,
        category: cells.category?,
        api_url: cells.api_url?,
        ui_url: cells.ui_url?,
        status: cells.status?,
        organizations: cells.organizations?,
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
        let cells = cells(row);
        if let Some(slug) = cells.slug
            && let Some(line) = self.lines.insert(slug.clone(), row.line())
        {
            row.wrong(
                "slug",
                format!("{slug} stands on line {line} already, expected once"),
            );
        }
        for organization in cells.organizations.into_iter().flatten() {
            if organization != ALL && !references.organizations.contains_key(&organization) {
                row.wrong(
                    "organizations",
                    format!("no organization {organization}, expected one of organizations.csv or the database"),
                );
            }
        }
    }
}
