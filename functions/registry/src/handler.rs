//! Routes to answers.

use axum::{Extension, Router, response::Response, routing::get};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use service::{
    caller::Authenticated,
    conditional,
    extract::{Path, Query},
    problem::Problem,
    serve::{self, Context},
    tenant::TenantPath,
};
use spin_sdk::{
    http::{IntoResponse, Request},
    http_service,
};

use crate::{
    api::ListQuery,
    catalogue::{Catalogue, Selection},
    store::{self, CacheStatus},
};

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    serve::serve(routes, request).await
}

fn routes() -> Router {
    Router::new()
        .route("/v1/apps", get(list_apps))
        .route("/v1/apps/{slug}", get(get_app))
}

async fn list_apps(
    Authenticated(caller): Authenticated,
    Extension(context): Extension<Context>,
    headers: HeaderMap,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    let selection = Selection::new(query)?;
    let (catalogue, status) = found(&TenantPath::new(&caller, &headers)?, &context).await?;
    answer(&headers, &catalogue.select(&selection), status)
}

async fn get_app(
    Authenticated(caller): Authenticated,
    Extension(context): Extension<Context>,
    headers: HeaderMap,
    Path(slug): Path<String>,
) -> Result<Response, Problem> {
    let (catalogue, status) = found(&TenantPath::new(&caller, &headers)?, &context).await?;
    match catalogue.find(&slug) {
        Some(app) => answer(&headers, &app, status),
        // The same whether the app does not exist or is not enabled: a tenant learns of neither.
        None => Err(
            Problem::new(StatusCode::NOT_FOUND, "unknown-app", "No such app")
                .with_detail("no app of this slug is enabled for the organization")
                .with_header(CACHE_STATUS, HeaderValue::from_static(status.header())),
        ),
    }
}

const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

async fn found(path: &TenantPath, context: &Context) -> Result<(Catalogue, CacheStatus), Problem> {
    let (catalogue, status) = store::catalogue(path).await?;
    context.concerns(catalogue.organization);
    Ok((catalogue, status))
}

fn answer(
    request: &HeaderMap,
    body: &impl Serialize,
    status: CacheStatus,
) -> Result<Response, Problem> {
    let body = serde_json::to_vec(body).map_err(|e| Problem::internal(e.to_string()))?;
    let mut response = conditional::json(request, body);
    let value = HeaderValue::from_static(status.header());
    response.headers_mut().insert(CACHE_STATUS, value);
    Ok(response)
}
