//! The job: a reconciliation, from its arguments to its totals.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use job::{audit, database::Database};
use serde::Serialize;
use spin_sdk_jobs::http;

use crate::address::Address;
use crate::arguments::Arguments;
use crate::client::Client;
use crate::provider::Provider;
use crate::store::Store;
use crate::sweep::{May, Sweep};

/// The event of a run in the audit trail.
#[derive(Serialize)]
struct Done<'a> {
    provider: &'a str,
    users: u64,
    /// Whether what the provider has deleted was kept, since it is much.
    withheld: bool,
    /// How many users could not be read completely.
    unreadable: u64,
    #[serde(flatten)]
    counts: BTreeMap<String, u64>,
}

pub fn reconcile() -> anyhow::Result<()> {
    let arguments = Arguments::read(job::arguments())?;
    let longest_token = job::variable("longest_token")?;
    let longest_token = vocabulary::duration(&longest_token)
        .with_context(|| format!("variable longest_token: {longest_token:?}"))?;
    let longest_token = i64::try_from(longest_token.as_secs())?;
    let database = Database::open(&job::variable("migration_database_url")?)?;
    let slug = &arguments.provider;
    let (store, provider) = Store::begin(&database, slug, longest_token, arguments.dry_run)?;
    let swept = sweep(&arguments, &store, &provider, &database);
    // The next sweep then need not wait until this one counts as ended.
    let ended = store.end();
    swept?;
    Ok(ended?)
}

fn sweep(
    arguments: &Arguments,
    store: &Store<'_>,
    provider: &Provider,
    database: &Database,
) -> anyhow::Result<()> {
    let client = client(provider)?;
    let may = May {
        delete_many: arguments.force,
        adopt: arguments.adopt,
    };
    let mut sweep = Sweep::new(&client, store, provider);
    let swept = http::run(sweep.run(may));
    // What was repaired before a failure stays, and is reported.
    if swept.is_ok() || !sweep.report.is_empty() {
        for line in sweep.report.totals(arguments.dry_run) {
            println!("{line}");
        }
    }
    let left = swept?;
    if !arguments.dry_run {
        let done = Done {
            provider: &provider.slug,
            users: sweep.found,
            withheld: left.is_withheld,
            unreadable: left.unreadable,
            counts: sweep.report.counts(),
        };
        audit::record(database, "reconcile", "identity.reconciled", &done)?;
    }
    left.check()
}

/// The client of the provider's realm, by its variables.
fn client(provider: &Provider) -> anyhow::Result<Client> {
    let Some(names) = provider.names() else {
        bail!(
            "provider {:?} has no slot, whose number its variables are named by: set its `slot`",
            provider.slug
        );
    };
    let address = Address::of(provider, &job::variable("oidc_issuer")?)
        .with_context(|| format!("provider {:?}", provider.slug))?;
    let mut missing = Vec::new();
    let mut value = |name: &'static str| {
        let value = job::variable(name)?;
        if value.is_empty() {
            missing.push(name);
        }
        anyhow::Ok(value)
    };
    let (host, id, secret) = (
        value(names.host)?,
        value(names.client)?,
        value(names.secret)?,
    );
    if !missing.is_empty() {
        bail!(
            "set {}: what may be reached ({}), and the client of realm-management's view-users and view-organizations \
             with its secret",
            missing.join(", "),
            address.origin
        );
    }
    drop(host);
    Ok(Client::new(address, names, id, secret))
}
