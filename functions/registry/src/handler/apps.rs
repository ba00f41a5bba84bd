//! Changes of `/v1/apps`.

use access::{Action, Resource, enter, refused_or};
use http::StatusCode;
use service::{
    http::{conditional, precondition, request::Request, response::Response},
    problem::Problem,
};

use crate::{
    entity_tag,
    organizations::OrganizationRef,
    registering,
    store::{self, Changed},
};

pub async fn put_app(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [slug] = request.parameters()?;
    let body = request.body.json().await;
    let authorized = entered
        .authorize(Action::Write, Resource::App(&slug))
        .await?;
    let read = body.and_then(|body| registering::registration(&slug, body));
    let (slug, app) = refused_or(&authorized, read).await?;
    let conditions = precondition::versions(|name| request.head.header(name));
    answer(store::put_app(&authorized, &slug, &app, conditions).await?)
}

pub async fn delete_app(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [slug] = request.parameters()?;
    let authorized = entered
        .authorize(Action::Write, Resource::App(&slug))
        .await?;
    let conditions = precondition::versions(|name| request.head.header(name));
    store::retire_app(&authorized, &slug, conditions).await?;
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

pub async fn enable_app(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [slug, organization] = request.parameters()?;
    let authorized = entered
        .authorize(Action::Write, Resource::App(&slug))
        .await?;
    let organization = OrganizationRef::new(&organization);
    answer(store::enable_app(&authorized, &slug, &organization).await?)
}

pub async fn disable_app(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [slug, organization] = request.parameters()?;
    let authorized = entered
        .authorize(Action::Write, Resource::App(&slug))
        .await?;
    let organization = OrganizationRef::new(&organization);
    store::disable_app(&authorized, &slug, &organization).await?;
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

pub async fn heartbeat(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [slug] = request.parameters()?;
    let body = request.body.json().await;
    let authorized = entered
        .authorize(Action::Heartbeat, Resource::App(&slug))
        .await?;
    let read = body.and_then(registering::heartbeat);
    let heartbeat = refused_or(&authorized, read).await?;
    let epoch = entered.lookup.epoch.as_ref();
    answer(store::renew_lease(&authorized, &slug, heartbeat, epoch).await?)
}

fn answer(Changed { done, app, leases }: Changed) -> Result<Response, Problem> {
    let lease = leases.of(app.id, clock::now());
    let tag = entity_tag::of_app(app.version, lease);
    Ok(conditional::written(done.status(), tag, app.json(lease)?))
}
