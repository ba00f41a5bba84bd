//! `/v1/organizations`.

use axum::response::Response;
use http::HeaderMap;
use service::{
    body::Json,
    conditional,
    extract::{Path, Query},
    if_match, page,
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
    headers: HeaderMap,
    Query(query): Query<OrganizationsQuery>,
) -> Result<Response, Problem> {
    let (limit, after) = organizations::selection(&query)?;
    let found = store::list_organizations(&path, after.as_ref(), limit).await?;
    let page = page::cut(found.into_iter(), limit, |organization| &organization.slug);
    Ok(conditional::json(&headers, json(&page)?))
}

pub async fn get_organization(
    Tenant(path): Tenant,
    headers: HeaderMap,
    Path(organization): Path<String>,
) -> Result<Response, Problem> {
    let found = store::get_organization(&path, &Named::new(&organization)).await?;
    let found = found.ok_or_else(outcome::unknown_organization)?;
    let tag = entity_tag(found.version);
    Ok(conditional::json_tagged(&headers, tag, json(&found.value)?))
}

pub async fn put_organization(
    author: Author,
    headers: HeaderMap,
    Path(organization): Path<String>,
    Json(body): Json,
) -> Result<Response, Problem> {
    let (named, content) = organizations::content(&organization, body)?;
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
