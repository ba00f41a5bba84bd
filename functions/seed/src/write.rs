//! Rows into PostgreSQL, one statement a batch.

use std::{collections::BTreeMap, ops::AddAssign};

use job::database::{Database, DbValue, Fault, ParameterValue};
use serde::Serialize;
use uuid::Uuid;
use vocabulary::Slug;

use crate::{apps::App, organizations::Organization, users::User};

/// What came of a batch, in rows.
#[derive(Default, Serialize)]
pub struct Written {
    pub added: i64,
    pub changed: i64,
}

impl Written {
    /// Whether all stood as it was to be.
    pub fn is_nothing(&self) -> bool {
        self.added == 0 && self.changed == 0
    }
}

impl AddAssign for Written {
    fn add_assign(&mut self, more: Self) {
        self.added += more.added;
        self.changed += more.changed;
    }
}

/// Writes batches; changes rows that exist where `update` says so.
pub struct Writer<'a> {
    pub database: &'a Database,
    pub update: bool,
}

/// A row and the id it gets, should it be a new one.
#[derive(Serialize)]
struct Identified<T> {
    id: Uuid,
    #[serde(flatten)]
    row: T,
}

impl<T> Identified<T> {
    fn new(row: T) -> Self {
        Self {
            id: clock::new_identifier(),
            row,
        }
    }
}

#[derive(Serialize)]
struct Members {
    organization: Slug,
    users: Vec<Identified<User>>,
}

impl Writer<'_> {
    pub fn organizations(&self, rows: Vec<Organization>) -> anyhow::Result<Written> {
        let rows: Vec<_> = rows.into_iter().map(Identified::new).collect();
        self.call(
            "SELECT added, changed FROM shell.seed_organizations($1, $2)",
            &rows,
        )
    }

    /// The second number counts what they were newly enabled for.
    pub fn apps(&self, rows: Vec<App>) -> anyhow::Result<(Written, i64)> {
        let rows: Vec<_> = rows.into_iter().map(Identified::new).collect();
        let written = self.call("SELECT added, changed FROM shell.seed_apps($1, $2)", &rows)?;
        let enablements = ParameterValue::Jsonb(serde_json::to_vec(&rows)?);
        let statement = "SELECT added FROM shell.seed_enablements($1)";
        match self.database.row(statement, &[enablements])? {
            [DbValue::Int64(enabled)] => Ok((written, enabled)),
            _ => Err(Fault::Unexpected.into()),
        }
    }

    /// Grouped by tenant: each is entered once a batch.
    pub fn users(&self, rows: Vec<User>) -> anyhow::Result<Written> {
        let mut groups = BTreeMap::<Slug, Vec<_>>::new();
        for user in rows {
            groups
                .entry(user.organization.clone())
                .or_default()
                .push(Identified::new(user));
        }
        let groups: Vec<_> = groups
            .into_iter()
            .map(|(organization, users)| Members {
                organization,
                users,
            })
            .collect();
        self.call(
            "SELECT added, changed FROM shell.seed_users($1, $2)",
            &groups,
        )
    }

    fn call(&self, statement: &str, batch: &[impl Serialize]) -> anyhow::Result<Written> {
        if batch.is_empty() {
            return Ok(Written::default());
        }
        let parameters = [
            ParameterValue::Jsonb(serde_json::to_vec(batch)?),
            ParameterValue::Boolean(self.update),
        ];
        match self.database.row(statement, &parameters)? {
            [DbValue::Int64(added), DbValue::Int64(changed)] => Ok(Written { added, changed }),
            _ => Err(Fault::Unexpected.into()),
        }
    }
}
