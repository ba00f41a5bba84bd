//! Changes of `/v1/apps`.

use http::StatusCode;
use service::{
    conditional,
    permission::{Entrance, or_refused},
    precondition,
    problem::Problem,
    request::Request,
    response::{Response, to_json},
};

use super::{author, tenant};
use crate::{
    api::apps::App, entity_tag, lease, organizations::Named, outcome::Done, registering, store,
    versioned::Versioned,
};

pub async fn put_app(mut request: Request) -> Result<Response, Problem> {
    let author = author(&request.head).await?;
    let [slug] = request.parameters()?;
    let body = request.body.json().await;
    let read = body.and_then(|body| registering::registration(&slug, body));
    let (slug, app) = or_refused(&author.path, Entrance::Platform, read).await?;
    let versions = precondition::versions(|name| request.head.header(name));
    answer(store::put_app(&author, &slug, &app, versions).await?)
}

pub async fn delete_app(mut request: Request) -> Result<Response, Problem> {
    let author = author(&request.head).await?;
    let [slug] = request.parameters()?;
    let versions = precondition::versions(|name| request.head.header(name));
    store::retire_app(&author, &slug, versions).await?;
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

pub async fn enable_app(mut request: Request) -> Result<Response, Problem> {
    let author = author(&request.head).await?;
    let [slug, organization] = request.parameters()?;
    answer(store::enable_app(&author, &slug, &Named::new(&organization)).await?)
}

pub async fn disable_app(mut request: Request) -> Result<Response, Problem> {
    let author = author(&request.head).await?;
    let [slug, organization] = request.parameters()?;
    store::disable_app(&author, &slug, &Named::new(&organization)).await?;
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

pub async fn heartbeat(mut request: Request) -> Result<Response, Problem> {
    let path = tenant(&request.head).await?;
    let [slug] = request.parameters()?;
    let read = request.body.json().await.and_then(registering::heartbeat);
    let heartbeat = or_refused(&path, Entrance::Platform, read).await?;
    answer(store::renew_lease(&path, &slug, heartbeat).await?)
}

fn answer((done, app): (Done, Versioned<App>)) -> Result<Response, Problem> {
    let value = lease::at(app.value, clock::now());
    let tag = entity_tag::of_app(app.version, value.health);
    Ok(conditional::written(done.status(), tag, to_json(&value)?))
}
