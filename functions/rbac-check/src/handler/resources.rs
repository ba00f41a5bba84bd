//! `/v1/resources`.

use access::{Action, Resource, enter, refused_or};
use http::StatusCode;
use service::{
    http::{
        conditional::{self, IfNoneMatch},
        page, precondition,
        request::Request,
        response::Response,
    },
    problem::Problem,
};

use super::stopwatch::{Stopwatch, too_long};
use crate::{
    resources::{
        listing::{Selection, cursor_after},
        outcome, reading,
    },
    store,
};

/// A list of resources.
const ANY: Resource<'_> = Resource::Resource("*", "*");

pub async fn list_resources(request: Request) -> Result<Response, Problem> {
    let head = request.head;
    let entered = enter(&head).await?;
    let authorized = entered.authorize(Action::Read, ANY).await?;
    let selection = head.query().and_then(Selection::new);
    let selection = refused_or(&authorized, selection).await?;
    let found = store::list_resources(&authorized, &selection).await?;
    let cursor = found.last.map(|(kind, id)| cursor_after(&kind, &id));
    let has = IfNoneMatch::new(head.header(IfNoneMatch::HEADER));
    let body = page::of_array(&found.items, cursor.as_deref());
    Ok(conditional::json(&has, body))
}

/// The right is needed for each of them, so the body is read first.
pub async fn put_resources(request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let body = request.body.text().await;
    let admitted = entered.admit().await?;
    let body = refused_or(&admitted, body).await?;
    let resources = refused_or(&admitted, reading::several(&body)).await?;
    let time = Stopwatch::start();
    for resource in &resources {
        if !time.has_time() {
            return Err(too_long());
        }
        let named = Resource::Resource(&resource.kind, &resource.id);
        entered.authorize(Action::Write, named).await?;
    }
    let items = store::put_resources(&admitted, &resources).await?;
    let body = [r#"{"items":"#, &items, "}"].concat();
    Ok(Response::json(StatusCode::OK, body))
}

pub async fn get_resource(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [kind, id] = request.parameters()?;
    let authorized = entered
        .authorize(Action::Read, Resource::Resource(&kind, &id))
        .await?;
    let named = reading::named(kind, id);
    let found = store::get_resource(&authorized, named.as_ref()).await?;
    let found = found.ok_or_else(outcome::unknown_resource)?;
    let has = IfNoneMatch::new(request.head.header(IfNoneMatch::HEADER));
    found.shown(&has)
}

pub async fn put_resource(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [kind, id] = request.parameters()?;
    let body = request.body.text().await;
    let authorized = entered
        .authorize(Action::Write, Resource::Resource(&kind, &id))
        .await?;
    let body = refused_or(&authorized, body).await?;
    let resource = refused_or(&authorized, reading::one(&kind, &id, &body)).await?;
    let conditions = precondition::versions(|name| request.head.header(name));
    let (done, stands) = store::put_resource(&authorized, &resource, conditions).await?;
    stands.written(done)
}

pub async fn delete_resource(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [kind, id] = request.parameters()?;
    let authorized = entered
        .authorize(Action::Write, Resource::Resource(&kind, &id))
        .await?;
    let conditions = precondition::versions(|name| request.head.header(name));
    let named = reading::named(kind, id);
    store::delete_resource(&authorized, named.as_ref(), conditions).await?;
    Ok(Response::empty(StatusCode::NO_CONTENT))
}
