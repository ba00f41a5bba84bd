//! Changes of `/v1/apps`.

use access::{Action, Resource, authorize, refused_or};
use http::StatusCode;
use service::{
    http::{conditional, precondition, request::Request, response::Response},
    identity::entrance::{enter, enter_asking},
    problem::Problem,
};

use crate::{
    entity_tag,
    organizations::OrganizationRef,
    registering,
    store::{self, Changed},
};

pub async fn put_app(mut request: Request) -> Result<Response, Problem> {
    let context = enter(&request.head).await?;
    let [slug] = request.parameters()?;
    let authorized = authorize(&context, Action::Write, &Resource::App(&slug));
    let body = request.body.json().await;
    let read = body.and_then(|body| registering::registration(&slug, body));
    let (slug, app) = refused_or(&authorized, read).await?;
    let conditions = precondition::versions(|name| request.head.header(name));
    answer(store::put_app(&authorized, &slug, &app, conditions).await?)
}

pub async fn delete_app(mut request: Request) -> Result<Response, Problem> {
    let context = enter(&request.head).await?;
    let [slug] = request.parameters()?;
    let authorized = authorize(&context, Action::Write, &Resource::App(&slug));
    let conditions = precondition::versions(|name| request.head.header(name));
    store::retire_app(&authorized, &slug, conditions).await?;
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

pub async fn enable_app(mut request: Request) -> Result<Response, Problem> {
    let context = enter(&request.head).await?;
    let [slug, organization] = request.parameters()?;
    let authorized = authorize(&context, Action::Write, &Resource::App(&slug));
    let organization = OrganizationRef::new(&organization);
    answer(store::enable_app(&authorized, &slug, &organization).await?)
}

pub async fn disable_app(mut request: Request) -> Result<Response, Problem> {
    let context = enter(&request.head).await?;
    let [slug, organization] = request.parameters()?;
    let authorized = authorize(&context, Action::Write, &Resource::App(&slug));
    let organization = OrganizationRef::new(&organization);
    store::disable_app(&authorized, &slug, &organization).await?;
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

pub async fn heartbeat(mut request: Request) -> Result<Response, Problem> {
    let (context, lookup) =
        enter_asking(&request.head, request.head.arrived(), |_| Vec::new()).await?;
    let [slug] = request.parameters()?;
    let authorized = authorize(&context, Action::Heartbeat, &Resource::App(&slug));
    let read = request.body.json().await.and_then(registering::heartbeat);
    let heartbeat = refused_or(&authorized, read).await?;
    let epoch = lookup.epoch.as_ref();
    answer(store::renew_lease(&authorized, &slug, heartbeat, epoch).await?)
}

fn answer(Changed { done, app, leases }: Changed) -> Result<Response, Problem> {
    let lease = leases.of(app.id, clock::now());
    let tag = entity_tag::of_app(app.version, lease);
    Ok(conditional::written(done.status(), tag, app.json(lease)?))
}
