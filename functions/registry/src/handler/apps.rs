//! Changes of `/v1/apps`.

use axum::response::Response;
use http::{HeaderMap, StatusCode};
use service::{
    body::Json,
    conditional,
    extract::Path,
    if_match,
    permission::{Entrance, or_refused},
    problem::Problem,
};

use super::{Tenant, json};
use crate::{
    api::apps::App,
    entity_tag, lease,
    organizations::Named,
    outcome::Done,
    registering,
    store::{self, Author},
    versioned::Versioned,
};

pub async fn put_app(
    author: Author,
    headers: HeaderMap,
    Path([slug]): Path<1>,
    body: Result<Json, Problem>,
) -> Result<Response, Problem> {
    let read = body.and_then(|Json(body)| registering::registration(&slug, body));
    let (slug, app) = or_refused(&author.path, Entrance::Platform, read).await?;
    answer(store::put_app(&author, &slug, &app, if_match::versions(&headers)).await?)
}

pub async fn delete_app(
    author: Author,
    headers: HeaderMap,
    Path([slug]): Path<1>,
) -> Result<StatusCode, Problem> {
    store::retire_app(&author, &slug, if_match::versions(&headers)).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn enable_app(
    author: Author,
    Path([slug, organization]): Path<2>,
) -> Result<Response, Problem> {
    answer(store::enable_app(&author, &slug, &Named::new(&organization)).await?)
}

pub async fn disable_app(
    author: Author,
    Path([slug, organization]): Path<2>,
) -> Result<StatusCode, Problem> {
    store::disable_app(&author, &slug, &Named::new(&organization)).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn heartbeat(
    Tenant(path): Tenant,
    Path([slug]): Path<1>,
    body: Result<Json, Problem>,
) -> Result<Response, Problem> {
    let read = body.and_then(|Json(body)| registering::heartbeat(body));
    let heartbeat = or_refused(&path, Entrance::Platform, read).await?;
    answer(store::renew_lease(&path, &slug, heartbeat).await?)
}

fn answer((done, app): (Done, Versioned<App>)) -> Result<Response, Problem> {
    let value = lease::at(app.value, clock::now());
    let tag = entity_tag::of_app(app.version, value.health);
    Ok(conditional::written(done.status(), tag, json(&value)?))
}
