//! Changes of apps.

use service::{
    problem::Problem,
    sql::{self, Call},
    tenant::Authorized,
};
use vocabulary::Slug;

use super::{
    changes::{change, parse},
    organizations::naming,
};
use crate::{
    api::{
        apps::{App, AppContent, Health},
        leases::Heartbeat,
    },
    organizations::OrganizationRef,
    outcome::Done,
    versioned::Versioned,
};

/// An app as it stands after a change.
pub type Changed = (Done, Versioned<App>);

/// Registers an app, or replaces what is said of it.
pub async fn put_app(
    authorized: &Authorized,
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

/// Retires an app. A text that is no slug names none, and so do the others below.
pub async fn retire_app(
    authorized: &Authorized,
    slug: &str,
    conditions: Option<Vec<String>>,
) -> Result<(), Problem> {
    let call = on_app("retire_app", authorized, slug).optional_texts(conditions);
    change(call).await.map(|_| ())
}

/// Enables an app for an organization.
pub async fn enable_app(
    authorized: &Authorized,
    slug: &str,
    organization: &OrganizationRef,
) -> Result<Changed, Problem> {
    let call = on_app("enable_app", authorized, slug);
    shown(naming(organization, call)).await
}

/// Disables an app for an organization.
pub async fn disable_app(
    authorized: &Authorized,
    slug: &str,
    organization: &OrganizationRef,
) -> Result<(), Problem> {
    let call = on_app("disable_app", authorized, slug);
    change(naming(organization, call)).await.map(|_| ())
}

/// Renews an app's lease.
pub async fn renew_lease(
    authorized: &Authorized,
    slug: &str,
    heartbeat: Heartbeat,
) -> Result<Changed, Problem> {
    let health = match heartbeat.health {
        Health::Healthy => "healthy",
        Health::Unhealthy => "unhealthy",
        Health::Unknown => return Err(Problem::internal("a heartbeat without health")),
    };
    let call = on_app("renew_app_lease", authorized, slug)
        .text(health)
        .integer(heartbeat.ttl_seconds);
    shown(call).await
}

fn on_app(function: &'static str, authorized: &Authorized, slug: &str) -> Call {
    sql::call(function, authorized).optional_text(Slug::try_from(slug).ok())
}

async fn shown(call: Call) -> Result<Changed, Problem> {
    let (done, document) = change(call).await?;
    Ok((done, parse(&document)?))
}
