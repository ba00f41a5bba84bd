//! Changes of apps.

use service::{
    problem::Problem,
    sql::{ParameterValue, optional_text},
    tenant::TenantPath,
};
use vocabulary::Slug;

use super::{
    changes::{Author, change, content, parse, renew, wanted},
    organizations::named,
};
use crate::{
    api::{
        apps::{App, AppContent, Health},
        leases::Heartbeat,
    },
    organizations::Named,
    outcome::Done,
    versioned::Versioned,
};

/// An app as it stands after a change.
pub type Changed = (Done, Versioned<App>);

/// Registers an app, or replaces what is said of it.
pub async fn put_app(
    author: &Author,
    slug: &Slug,
    app: &AppContent,
    versions: Option<Vec<String>>,
) -> Result<Changed, Problem> {
    let parameters = vec![
        ParameterValue::Str(slug.to_string()),
        ParameterValue::Uuid(clock::new_identifier().to_string()),
        content(app)?,
        wanted(versions),
    ];
    shown(change("audited_put_app", author, parameters).await?)
}

/// Retires an app. A text that is no slug names none, and so do the others below.
pub async fn retire_app(
    author: &Author,
    slug: &str,
    versions: Option<Vec<String>>,
) -> Result<(), Problem> {
    let parameters = vec![slug_or_null(slug), wanted(versions)];
    change("audited_retire_app", author, parameters)
        .await
        .map(|_| ())
}

/// Enables an app for an organization.
pub async fn enable_app(
    author: &Author,
    slug: &str,
    organization: &Named,
) -> Result<Changed, Problem> {
    let mut parameters = vec![slug_or_null(slug)];
    parameters.extend(named(organization));
    shown(change("audited_enable_app", author, parameters).await?)
}

/// Disables an app for an organization.
pub async fn disable_app(author: &Author, slug: &str, organization: &Named) -> Result<(), Problem> {
    let mut parameters = vec![slug_or_null(slug)];
    parameters.extend(named(organization));
    change("audited_disable_app", author, parameters)
        .await
        .map(|_| ())
}

/// Renews an app's lease.
pub async fn renew_lease(
    path: &TenantPath,
    slug: &str,
    heartbeat: Heartbeat,
) -> Result<Changed, Problem> {
    let health = match heartbeat.health {
        Health::Healthy => "healthy",
        Health::Unhealthy => "unhealthy",
        Health::Unknown => return Err(Problem::internal("a heartbeat without health")),
    };
    let parameters = vec![
        slug_or_null(slug),
        ParameterValue::Str(health.to_owned()),
        ParameterValue::Int32(heartbeat.ttl_seconds),
    ];
    shown(renew("renew_app_lease", path, parameters).await?)
}

fn slug_or_null(text: &str) -> ParameterValue {
    optional_text(Slug::try_from(text).ok())
}

fn shown((done, document): (Done, String)) -> Result<Changed, Problem> {
    Ok((done, parse(&document)?))
}
