//! Reads of `/v1/apps`.

use axum::{
    Extension,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, header, request::Parts};
use service::{
    caller,
    conditional::{self, IfNoneMatch},
    extract::{Path, Query},
    kept::Look,
    page,
    problem::Problem,
    serve::Context,
    tenant::{self, TenantPath},
};

use crate::{
    api::apps::ListQuery,
    catalogue::Selection,
    entity_tag, outcome,
    store::{self, CacheStatus},
};

pub async fn list_apps(
    Visit { path, look }: Visit,
    Extension(context): Extension<Context>,
    has: IfNoneMatch,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    let selection = Selection::new(query)?;
    let (response, status) = store::catalogue(&path, look, |catalogue, now| {
        context.concerns(catalogue.organization);
        let page = catalogue.select(&selection, now)?;
        let tag = entity_tag::of_page(&page);
        let items = page.items.iter().map(|app| &*app.json);
        let body = page::of_texts(items, page.next_cursor.as_deref());
        Ok(conditional::json_tagged(&has, tag, body))
    })
    .await?;
    response.map(|response| with_status(response, status))
}

pub async fn get_app(
    Visit { path, look }: Visit,
    Extension(context): Extension<Context>,
    has: IfNoneMatch,
    Path([slug]): Path<1>,
) -> Result<Response, Problem> {
    let (response, status) = store::catalogue(&path, look, |catalogue, now| {
        context.concerns(catalogue.organization);
        let Some(app) = catalogue.find(&slug, now)? else {
            // The same whether the app does not exist or is not enabled: a tenant learns of
            // neither.
            let detail = "no app of this slug is enabled for the organization";
            return Ok(outcome::unknown_app(detail).into_response());
        };
        let tag = entity_tag::of_app(app.version, app.health);
        let body = app.json.into_owned().into_bytes();
        Ok(conditional::json_tagged(&has, tag, body))
    })
    .await?;
    response.map(|response| with_status(response, status))
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

fn with_status(mut response: Response, status: CacheStatus) -> Response {
    let value = HeaderValue::from_static(status.header());
    response.headers_mut().insert(CACHE_STATUS, value);
    if let CacheStatus::Hit { age } = status {
        response.headers_mut().insert(header::AGE, age.into());
    }
    response
}
