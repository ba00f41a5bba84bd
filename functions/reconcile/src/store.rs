//! The calls of PostgreSQL, each of one function of the schema.

use std::cell::Cell;

use anyhow::{Context, bail};
use job::database::{Database, DbValue, Fault, ParameterValue};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::provider::Provider;

/// How many identifiers are read at a time.
pub const MISSING: i32 = 100;

const ANALYZE: &str =
    "ANALYZE shell.users, shell.user_names, shell.memberships, shell.membership_facts,
    shell.group_members, shell.linked_identities, shell.swept";

/// A sweep, as PostgreSQL knows it.
pub struct Store<'a> {
    database: &'a Database,
    sweep: String,
    longest_token: i64,
    dry_run: bool,
    /// How many batches of users were applied so far.
    batches: Cell<u64>,
}

/// What a statement reports, as JSON arrays.
pub struct Told {
    /// What it changed.
    pub changes: Option<String>,
    /// Its warnings.
    pub warnings: Option<String>,
}

/// A group that the sweep has not seen.
#[derive(Deserialize)]
pub struct MissingGroup {
    /// Its identifier.
    pub id: String,
    /// The organization that it is in.
    pub organization: Option<String>,
    /// Whether the group or organization that it is in is already known to be deleted.
    pub went_along: bool,
}

impl<'a> Store<'a> {
    /// Begins a sweep.
    pub fn begin(
        database: &'a Database,
        slug: &str,
        longest_token: i64,
        dry_run: bool,
    ) -> anyhow::Result<(Self, Provider)> {
        let store = Self {
            database,
            sweep: clock::new_identifier().to_string(),
            longest_token,
            dry_run,
            batches: Cell::default(),
        };
        let statement = "SELECT refusal, provider::text FROM shell.begin_sweep($1, $2::text::uuid)";
        let row = database.row(statement, &[text(slug), text(&store.sweep)]);
        let row = row.context("if a function is missing, run the migrations first")?;
        match row {
            [DbValue::DbNull, DbValue::Str(provider)] => {
                Ok((store, serde_json::from_str(&provider)?))
            }
            [DbValue::Str(refusal), _] => match refusal.as_str() {
                "unknown_identity_provider" => bail!("there is no identity provider {slug:?}"),
                "in_progress" => bail!(
                    "another sweep of {slug:?} is in progress: wait until it ends; one that was interrupted counts \
                     as ended after three minutes"
                ),
                _ => bail!("the sweep cannot start: {refusal}"),
            },
            _ => Err(Fault::Unexpected.into()),
        }
    }

    /// Applies facts other than users.
    pub fn facts(&self, rows: String) -> Result<Told, Fault> {
        self.tell("sweep_facts($1::text::uuid, $2::text::jsonb, $3, $4)", rows)
    }

    /// Applies users with what belongs to them.
    ///
    /// A first sweep fills empty tables in a session that has planned its statements for empty ones, for which every
    /// index looks as good as the right one. So these tables are analyzed whenever the number of batches has doubled,
    /// which makes PostgreSQL plan again; autovacuum runs only once a minute.
    pub fn users(&self, rows: String) -> Result<Told, Fault> {
        let told = self.tell("sweep_users($1::text::uuid, $2::text::jsonb, $3, $4)", rows)?;
        let batches = self.batches.get() + 1;
        self.batches.set(batches);
        if batches.is_power_of_two() {
            self.database.execute(ANALYZE, &[])?;
        }
        Ok(told)
    }

    fn tell(&self, call: &str, rows: String) -> Result<Told, Fault> {
        let parameters = [
            text(&self.sweep),
            ParameterValue::Str(rows),
            ParameterValue::Int64(self.longest_token),
            ParameterValue::Boolean(self.dry_run),
        ];
        self.told(call, &parameters)
    }

    /// Deletes what the provider has deleted.
    pub fn gone(&self, rows: String) -> Result<Told, Fault> {
        let parameters = [
            text(&self.sweep),
            ParameterValue::Str(rows),
            ParameterValue::Boolean(self.dry_run),
        ];
        self.told(
            "sweep_gone($1::text::uuid, $2::text::jsonb, $3)",
            &parameters,
        )
    }

    /// Reports, or joins to others, seeded users that the provider does not know.
    pub fn seeded(&self, rows: String, adopt: bool) -> Result<Told, Fault> {
        let parameters = [
            text(&self.sweep),
            ParameterValue::Str(rows),
            ParameterValue::Boolean(adopt),
            ParameterValue::Boolean(self.dry_run),
        ];
        let call = "sweep_seeded($1::text::uuid, $2::text::jsonb, $3, $4)";
        self.told(call, &parameters)
    }

    fn told(&self, call: &str, parameters: &[ParameterValue]) -> Result<Told, Fault> {
        let statement = format!("SELECT changes::text, warnings::text FROM shell.{call}");
        let [changes, warnings] = self.database.row(&statement, parameters)?;
        Ok(Told {
            changes: optional(changes)?,
            warnings: optional(warnings)?,
        })
    }

    /// The known objects of a kind that the sweep has not seen, after the one that `after` names.
    pub fn missing<T: DeserializeOwned>(
        &self,
        kind: &str,
        after: Option<&str>,
    ) -> anyhow::Result<Vec<T>> {
        let statement = "SELECT items::text FROM shell.sweep_missing($1::text::uuid, $2, $3, $4)";
        let parameters = [
            text(&self.sweep),
            text(kind),
            after.map_or(ParameterValue::DbNull, text),
            ParameterValue::Int32(MISSING),
        ];
        let [items] = self.database.row(statement, &parameters)?;
        let items = optional(items)?;
        Ok(serde_json::from_str(items.as_deref().unwrap_or("[]"))?)
    }

    /// Records that the sweep has seen objects, without any data of them.
    pub fn seen(&self, kind: &str, ids: Vec<String>) -> Result<(), Fault> {
        let statement = "SELECT shell.sweep_seen($1::text::uuid, $2, $3)";
        let ids = ids.into_iter().map(Some).collect();
        let parameters = [text(&self.sweep), text(kind), ParameterValue::ArrayStr(ids)];
        self.database.execute(statement, &parameters)
    }

    /// Ends the sweep.
    pub fn end(&self) -> Result<(), Fault> {
        let statement = "SELECT shell.end_sweep($1::text::uuid)";
        self.database.execute(statement, &[text(&self.sweep)])
    }
}

fn text(text: &str) -> ParameterValue {
    ParameterValue::Str(text.to_owned())
}

fn optional(value: DbValue) -> Result<Option<String>, Fault> {
    match value {
        DbValue::Str(text) => Ok(Some(text)),
        DbValue::DbNull => Ok(None),
        _ => Err(Fault::Unexpected),
    }
}
