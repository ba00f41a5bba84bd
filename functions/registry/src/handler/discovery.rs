//! Reads of `/v1/apps`.

use axum::{Extension, response::Response};
use http::{HeaderMap, HeaderName, HeaderValue};
use service::{
    conditional,
    extract::{Path, Query},
    problem::Problem,
    serve::Context,
    tenant::TenantPath,
};

use super::{Tenant, json};
use crate::{
    api::apps::ListQuery,
    catalogue::{Catalogue, Selection},
    lease, outcome,
    store::{self, CacheStatus},
};

pub async fn list_apps(
    Tenant(path): Tenant,
    Extension(context): Extension<Context>,
    headers: HeaderMap,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    let selection = Selection::new(query)?;
    let (catalogue, status) = found(&path, &context).await?;
    let page = catalogue.select(&selection, &clock::now().to_string());
    let response = conditional::json(&headers, json(&page)?);
    Ok(with_status(response, status))
}

pub async fn get_app(
    Tenant(path): Tenant,
    Extension(context): Extension<Context>,
    headers: HeaderMap,
    Path(slug): Path<String>,
) -> Result<Response, Problem> {
    let (catalogue, status) = found(&path, &context).await?;
    // The same whether the app does not exist or is not enabled: a tenant learns of neither.
    let app = catalogue
        .find(&slug, &clock::now().to_string())
        .ok_or_else(|| {
            outcome::unknown_app("no app of this slug is enabled for the organization")
                .with_header(CACHE_STATUS, HeaderValue::from_static(status.header()))
        })?;
    let response = conditional::json_tagged(&headers, lease::entity_tag(&app), json(&app.value)?);
    Ok(with_status(response, status))
}

const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

async fn found(path: &TenantPath, context: &Context) -> Result<(Catalogue, CacheStatus), Problem> {
    let (catalogue, status) = store::catalogue(path).await?;
    context.concerns(catalogue.organization);
    Ok((catalogue, status))
}

fn with_status(mut response: Response, status: CacheStatus) -> Response {
    let value = HeaderValue::from_static(status.header());
    response.headers_mut().insert(CACHE_STATUS, value);
    response
}
