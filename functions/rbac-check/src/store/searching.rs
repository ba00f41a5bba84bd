//! The candidates of searches, in PostgreSQL. Redis is neither read nor filled: a search reads thousands of users that
//! no other request needs, and Redis might not evict them.

use serde::de::DeserializeOwned;
use service::{
    problem::Problem,
    sql::{self, ParameterValue, Row},
    tenant::Authorized,
};
use uuid::Uuid;

use crate::searching::{
    finding::MOST_EXAMINED,
    known::{Known, KnownResource},
    request::Asked,
    subjects::{Member, Members},
};

/// The number of bytes of properties or attributes after which a part ends: each resource or member may have 64 KiB.
const MOST_BYTES: i32 = 4 * 1024 * 1024;

/// The resources of the requested type, after a given one, with their stored properties if these are needed.
pub async fn find_known_resources(
    authorized: &Authorized<'_>,
    asked: &Asked<'_>,
    with_properties: bool,
    after: Option<&str>,
) -> Result<Known<KnownResource>, Problem> {
    let call = sql::call("find_known_resources", authorized)
        .text(&asked.resource.kind)
        .parameter(ParameterValue::Boolean(with_properties))
        .optional_text(after)
        .integer(MOST_EXAMINED)
        .integer(MOST_BYTES);
    known(&mut call.row().await?)
}

/// The actions after a given one.
pub async fn find_known_actions(
    authorized: &Authorized<'_>,
    after: Option<&str>,
) -> Result<Known<String>, Problem> {
    let call = sql::call("find_known_actions", authorized)
        .optional_text(after)
        .integer(MOST_EXAMINED);
    known(&mut call.row().await?)
}

/// The members after a given one, with the data of decisions about them; and the organization.
pub async fn find_known_subjects(
    authorized: &Authorized<'_>,
    asked: &Asked<'_>,
    after: Option<&str>,
) -> Result<(Option<Uuid>, Members), Problem> {
    let call = sql::call("find_known_subjects", authorized)
        .text(&asked.resource.kind)
        .text(&asked.resource.id)
        .text(&asked.action.name)
        .optional_text(after)
        .integer(MOST_EXAMINED)
        .integer(MOST_BYTES);
    let mut row = call.row().await?;
    let members = Members {
        known: known::<Member>(&mut row)?,
        may_hold_roles: row.boolean("may_hold_roles")?.unwrap_or(false),
        inherits: read(row.text("inherits")?)?,
        lines: read(row.text("lines")?)?,
        resource: row.text("resource")?,
    };
    Ok((row.uuid("organization_id")?, members))
}

fn known<One: DeserializeOwned>(row: &mut Row) -> Result<Known<One>, Problem> {
    Ok(Known {
        items: read(row.text("known")?)?,
        rest: row.text("rest")?,
    })
}

fn read<All: DeserializeOwned>(document: Option<String>) -> Result<All, Problem> {
    serde_json::from_str(&document.unwrap_or_default())
        .map_err(|fault| Problem::internal(format!("the candidates of a search: {fault}")))
}
