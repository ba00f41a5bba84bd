//! `/v1/organizations`.

use axum::response::Response;
use http::HeaderMap;
use service::{
    body::Json,
    conditional::{self, IfNoneMatch},
    extract::{Path, Query},
    if_match, page,
    permission::{Entrance, or_refused},
    problem::Problem,
};

use super::{Tenant, json};
use crate::{
    api::organizations::OrganizationsQuery,
    organizations::{self, Named},
    outcome,
    store::{self, Author},
};

pub async fn list_organizations(
    Tenant(path): Tenant,
    has: IfNoneMatch,
    Query(query): Query<OrganizationsQuery>,
) -> Result<Response, Problem> {
    let (limit, after) = organizations::selection(&query)?;
    let found = store::list_organizations(&path, after.as_ref(), limit).await?;
    let page = page::cut(found.into_iter(), limit, |organization| &organization.slug);
    Ok(conditional::json(&has, json(&page)?))
}

pub async fn get_organization(
    Tenant(path): Tenant,
    has: IfNoneMatch,
    Path([organization]): Path<1>,
) -> Result<Response, Problem> {
    let found = store::get_organization(&path, &Named::new(&organization)).await?;
    let found = found.ok_or_else(outcome::unknown_organization)?;
    let tag = entity_tag(found.version);
    Ok(conditional::json_tagged(&has, tag, json(&found.value)?))
}

pub async fn put_organization(
    author: Author,
    headers: HeaderMap,
    Path([organization]): Path<1>,
    body: Result<Json, Problem>,
) -> Result<Response, Problem> {
    let read = body.and_then(|Json(body)| organizations::content(&organization, body));
    let (named, content) = or_refused(&author.path, Entrance::Platform, read).await?;
    let versions = if_match::versions(&headers);
    let (done, stands) = store::put_organization(&author, &named, &content, versions).await?;
    let tag = entity_tag(stands.version);
    Ok(conditional::written(
        done.status(),
        tag,
        json(&stands.value)?,
    ))
}

fn entity_tag(version: i64) -> String {
    format!(r#""{version}""#)
}
