//! Changes of apps.

use serde::Deserialize;
use serde_json::value::RawValue;
use service::{
    cache::epoch::Epoch,
    http::change::{Done, parse},
    problem::Problem,
    sql::{self, Call},
    tenant::Authorized,
};
use vocabulary::Slug;

use super::{
    changes::{change, judged},
    leases,
    organizations::naming,
};
use crate::{
    api::{
        apps::{AppContent, Health},
        leases::Heartbeat,
    },
    lease::Leases,
    organizations::OrganizationRef,
    shown::RegisteredApp,
};

/// The state after a change.
pub struct Changed {
    /// Whether the app is new.
    pub done: Done,
    /// The app.
    pub app: RegisteredApp,
    /// Its lease and, after a heartbeat, those of all other apps.
    pub leases: Leases,
}

/// In the form that `shell.app_with_leases` returns.
#[derive(Deserialize)]
struct Document {
    app: RegisteredApp,
    leases: Box<RawValue>,
}

/// Registers an app or replaces its content.
pub async fn put_app(
    authorized: &Authorized<'_>,
    slug: &Slug,
    app: &AppContent,
    conditions: Option<Vec<String>>,
) -> Result<Changed, Problem> {
    let call = sql::call("put_app", authorized)
        .text(slug)
        .uuid(clock::new_identifier())
        .json(app)
        .optional_texts(conditions);
    shown(call).await
}

/// Deletes an app. A text that is not a slug names no app, here and below.
pub async fn retire_app(
    authorized: &Authorized<'_>,
    slug: &str,
    conditions: Option<Vec<String>>,
) -> Result<(), Problem> {
    let call = on_app("retire_app", authorized, slug).optional_texts(conditions);
    change(call).await.map(|_| ())
}

/// Enables an app for an organization.
pub async fn enable_app(
    authorized: &Authorized<'_>,
    slug: &str,
    organization: &OrganizationRef,
) -> Result<Changed, Problem> {
    let call = on_app("enable_app", authorized, slug);
    shown(naming(organization, call)).await
}

/// Disables an app for an organization.
pub async fn disable_app(
    authorized: &Authorized<'_>,
    slug: &str,
    organization: &OrganizationRef,
) -> Result<(), Problem> {
    let call = on_app("disable_app", authorized, slug);
    change(naming(organization, call)).await.map(|_| ())
}

/// Renews an app's lease. `epoch` is the current epoch in Redis, if there is one.
pub async fn renew_lease(
    authorized: &Authorized<'_>,
    slug: &str,
    heartbeat: Heartbeat,
    epoch: Option<&Epoch>,
) -> Result<Changed, Problem> {
    let health = match heartbeat.health {
        Health::Healthy => "healthy",
        Health::Unhealthy => "unhealthy",
        Health::Unknown => return Err(Problem::internal("a heartbeat has no health")),
    };
    let call = on_app("renew_app_lease", authorized, slug)
        .text(health)
        .integer(heartbeat.ttl_seconds);
    let asked_at = clock::now();
    let mut row = call.row().await?;
    let number = row.bigint("heartbeat")?;
    let outcome = row.text("outcome")?.unwrap_or_default();
    let (done, document) = judged(&outcome, row.text("document")?.as_deref())?;
    let changed = read(done, &document)?;
    let number = number.ok_or_else(|| Problem::internal("a heartbeat has no number"))?;
    leases::tell(epoch, number, &changed.leases, asked_at).await?;
    Ok(changed)
}

fn on_app(function: &'static str, authorized: &Authorized<'_>, slug: &str) -> Call {
    sql::call(function, authorized).optional_text(Slug::try_from(slug).ok())
}

async fn shown(call: Call) -> Result<Changed, Problem> {
    let (done, document) = change(call).await?;
    read(done, &document)
}

fn read(done: Done, document: &str) -> Result<Changed, Problem> {
    let Document { app, leases } = parse(document)?;
    Ok(Changed {
        done,
        app,
        leases: Leases::from_json(leases.get())?,
    })
}
