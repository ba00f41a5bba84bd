//! Stored resources in PostgreSQL, and updating Redis after their changes.

use access::policies::changes::{Untrue, tell};
use serde_json::value::RawValue;
use service::{
    http::change::{Done, Versioned, parse},
    problem::Problem,
    sql::{self, Call, Changed},
    tenant::Authorized,
};

use crate::resources::{Named, listing::Selection, outcome, reading::Content};

/// The number of bytes after which a page ends: a thousand resources may have 64 KiB each.
const PAGE_BYTES: i32 = 4 * 1024 * 1024;

/// A page of resources.
pub struct Found {
    /// The resources, as a JSON array.
    pub items: String,
    /// The last resource, if more follow.
    pub last: Option<Named>,
}

/// The selected resources.
pub async fn list_resources(
    authorized: &Authorized<'_>,
    selection: &Selection,
) -> Result<Found, Problem> {
    let (after_type, after_id) = selection
        .after
        .as_ref()
        .map(|(kind, id)| (kind, id))
        .unzip();
    let call = sql::call("list_resources", authorized)
        .optional_text(selection.kind.as_ref())
        .optional_text(after_type)
        .optional_text(after_id)
        .integer(selection.limit.count())
        .integer(PAGE_BYTES);
    let mut row = call.row().await?;
    Ok(Found {
        items: row.text("document")?.unwrap_or_default(),
        last: row.text("last_type")?.zip(row.text("last_id")?),
    })
}

/// A resource, if the organization stores it.
pub async fn get_resource(
    authorized: &Authorized<'_>,
    named: Option<&Named>,
) -> Result<Option<Versioned<Box<RawValue>>>, Problem> {
    let call = naming(named, sql::call("get_resource", authorized));
    let document = call.row().await?.text("document")?;
    document.map(|document| parse(&document)).transpose()
}

/// Stores a resource or replaces its properties.
pub async fn put_resource(
    authorized: &Authorized<'_>,
    resource: &Content<'_>,
    conditions: Option<Vec<String>>,
) -> Result<(Done, Versioned<Box<RawValue>>), Problem> {
    let call = sql::call("put_resource", authorized)
        .text(&resource.kind)
        .text(&resource.id)
        .json(&resource.properties)
        .optional_texts(conditions);
    let (done, document) = change(call, &[name_of(resource)]).await?;
    Ok((done, parse(&document)?))
}

/// Stores several resources; returns the outcome of each, as a JSON array.
pub async fn put_resources(
    authorized: &Authorized<'_>,
    resources: &[Content<'_>],
) -> Result<String, Problem> {
    let call = sql::call("put_resources", authorized).json(&resources);
    let named: Vec<_> = resources.iter().map(name_of).collect();
    let (_, document) = change(call, &named).await?;
    Ok(document)
}

/// Removes a resource.
pub async fn delete_resource(
    authorized: &Authorized<'_>,
    named: Option<&Named>,
    conditions: Option<Vec<String>>,
) -> Result<(), Problem> {
    let call = naming(named, sql::call("delete_resource", authorized)).optional_texts(conditions);
    change(call, named.map_or(&[], std::slice::from_ref))
        .await
        .map(|_| ())
}

/// Adds the type and the id of a resource; if they are null, they name no resource.
fn naming(named: Option<&Named>, call: Call) -> Call {
    let (kind, id) = named.map(|(kind, id)| (kind, id)).unzip();
    call.optional_text(kind).optional_text(id)
}

fn name_of(resource: &Content<'_>) -> Named {
    (resource.kind.to_string(), resource.id.to_string())
}

/// Makes a change of the named resources, which the database records in the audit trail. Returns the outcome,
/// and the current content as JSON.
async fn change(call: Call, resources: &[Named]) -> Result<(Done, String), Problem> {
    let mut row = call.row().await?;
    let changed = Changed::of(&mut row)?;
    let done = outcome::judge(&changed.outcome)?;
    let untrue = Untrue::Resources {
        resources,
        types_too: row.boolean("types_changed")?.unwrap_or(true),
    };
    tell(changed.to_tell()?, untrue).await?;
    Ok((done, changed.document.unwrap_or_default()))
}
