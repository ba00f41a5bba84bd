//! Organizations in PostgreSQL.

use access::policies::keys;
use serde::Serialize;
use service::{
    cache::changes::Change,
    http::{
        change::{Done, Versioned, parse},
        page::Limit,
    },
    problem::Problem,
    sql::{self, Call},
    tenant::Authorized,
};
use uuid::Uuid;
use vocabulary::{OrganizationStatus, Plan, Slug};

use super::{catalogue, changes::change_of};
use crate::{
    api::organizations::{Organization, OrganizationContent},
    organizations::OrganizationRef,
};

/// The content in the form of the table.
#[derive(Serialize)]
struct Columns<'a> {
    name: &'a str,
    plan: Plan,
    billing_email: Option<&'a str>,
    billing_reference: Option<&'a str>,
    status: OrganizationStatus,
    domains: &'a [String],
    // Columns that are not named do not change.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity_provider: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<&'a str>,
}

/// The organizations after a slug that the caller may read, at most one more than the limit.
pub async fn list_organizations(
    authorized: &Authorized<'_>,
    after: Option<&Slug>,
    limit: Limit,
) -> Result<Vec<Organization>, Problem> {
    let call = sql::call("list_organizations", authorized)
        .optional_text(after)
        .integer(limit.and_one_more());
    let document = call.row().await?.text("document")?.unwrap_or_default();
    let kept: Vec<Versioned<Organization>> = parse(&document)?;
    Ok(kept.into_iter().map(|kept| kept.value).collect())
}

/// An organization, if it exists and the caller may read it.
pub async fn get_organization(
    authorized: &Authorized<'_>,
    organization: &OrganizationRef,
) -> Result<Option<Versioned<Organization>>, Problem> {
    let call = naming(organization, sql::call("get_organization", authorized));
    let document = call.row().await?.text("document")?;
    document.map(|document| parse(&document)).transpose()
}

/// The slug of the organization with an id, if the caller belongs to platform; for other callers, only of their own.
pub async fn find_slug(authorized: &Authorized<'_>, id: Uuid) -> Result<Option<String>, Problem> {
    let call = sql::call("find_organization_slug", authorized).uuid(id);
    Ok(call.row().await?.text("slug")?)
}

/// Creates an organization or replaces its content.
pub async fn put_organization(
    authorized: &Authorized<'_>,
    organization: &OrganizationRef,
    said: &OrganizationContent,
    conditions: Option<Vec<String>>,
) -> Result<(Done, Versioned<Organization>), Problem> {
    let columns = Columns {
        name: &said.name,
        plan: said.plan,
        billing_email: said.billing.email.as_deref(),
        billing_reference: said.billing.reference.as_deref(),
        status: said.status,
        domains: &said.domains,
        identity_provider: said.identity_provider.as_deref(),
        external_id: said.external_id.as_deref(),
    };
    let call = naming(organization, sql::call("put_organization", authorized))
        .uuid(clock::new_identifier())
        .json(&columns)
        .optional_texts(conditions);
    let (done, document) = change_of(call, shows_in).await?;
    Ok((done, parse(&document)?))
}

/// Its decisions depend on whether it is active and on its identity provider; and names in tokens may now lead to
/// another organization, or to none. Memberships that end with the change cut tokens off.
fn shows_in(change: &Change) -> Vec<String> {
    let mut shows_in = change.keys(catalogue::KIND);
    shows_in.extend(change.keys(keys::ACCESS));
    shows_in.extend(change.namings());
    shows_in.extend(change.cutoffs());
    shows_in
}

/// Adds the organization that a path names, as the functions expect it: a slug, an id, or neither.
pub fn naming(organization: &OrganizationRef, call: Call) -> Call {
    let (slug, id) = match organization {
        OrganizationRef::Slug(slug) => (Some(slug), None),
        OrganizationRef::Id(id) => (None, Some(*id)),
        OrganizationRef::Nobody => (None, None),
    };
    call.optional_text(slug).optional_uuid(id)
}
