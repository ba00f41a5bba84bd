//! Reads of `/v1/apps`.

use axum::{Extension, extract::FromRequestParts, response::Response};
use http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts};
use service::{
    caller, conditional,
    extract::{Path, Query},
    kept::Look,
    problem::Problem,
    serve::Context,
    tenant::{self, TenantPath},
};

use super::json;
use crate::{
    api::apps::ListQuery,
    catalogue::{Catalogue, Selection},
    lease, outcome,
    store::{self, CacheStatus},
};

pub async fn list_apps(
    visit: Visit,
    Extension(context): Extension<Context>,
    headers: HeaderMap,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    let selection = Selection::new(query)?;
    let (catalogue, status) = found(visit, &context).await?;
    let page = catalogue.select(&selection, &clock::now().to_string());
    let response = conditional::json(&headers, json(&page)?);
    Ok(with_status(response, status))
}

pub async fn get_app(
    visit: Visit,
    Extension(context): Extension<Context>,
    headers: HeaderMap,
    Path(slug): Path<String>,
) -> Result<Response, Problem> {
    let (catalogue, status) = found(visit, &context).await?;
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

/// A reader whose token was checked, and what Redis had for it at the same time.
pub struct Visit {
    path: TenantPath,
    look: Look,
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // One that does not fit is refused below, once it is known who sent it.
        let acting_for = tenant::acting_for(&parts.headers).ok().flatten();
        let (caller, look) = caller::authenticate(parts, |provider, organization| {
            Some(store::key(provider, organization, acting_for.as_ref()))
        })
        .await?;
        let path = TenantPath::new(&caller, &parts.headers)?;
        Ok(Self { path, look })
    }
}

async fn found(visit: Visit, context: &Context) -> Result<(Catalogue, CacheStatus), Problem> {
    let (catalogue, status) = store::catalogue(&visit.path, visit.look).await?;
    context.concerns(catalogue.organization);
    Ok((catalogue, status))
}

fn with_status(mut response: Response, status: CacheStatus) -> Response {
    let value = HeaderValue::from_static(status.header());
    response.headers_mut().insert(CACHE_STATUS, value);
    if let CacheStatus::Hit { age } = status {
        response.headers_mut().insert(header::AGE, age.into());
    }
    response
}
