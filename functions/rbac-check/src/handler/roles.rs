//! `/v1/roles`.

use access::{Action, Resource, enter, refused_or};
use http::StatusCode;
use service::{
    http::{
        conditional::{self, IfNoneMatch},
        page, precondition,
        request::Request,
        response::{Response, to_json},
    },
    problem::Problem,
};

use crate::{
    roles::{content::content, pages},
    store,
};

pub async fn list_roles(request: Request) -> Result<Response, Problem> {
    let head = request.head;
    let entered = enter(&head).await?;
    let authorized = entered.authorize(Action::Read, Resource::Role("*")).await?;
    let asked = head.query().and_then(|query| pages::of_slugs(&query));
    let (limit, after) = refused_or(&authorized, asked).await?;
    let found = store::list_roles(&authorized, after.as_ref(), limit).await?;
    let page = page::cut(found.into_iter(), limit, |role| &role.slug);
    let has = IfNoneMatch::new(head.header(IfNoneMatch::HEADER));
    Ok(conditional::json(&has, to_json(&page)?))
}

pub async fn get_role(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [role] = request.parameters()?;
    let authorized = entered
        .authorize(Action::Read, Resource::Role(&role))
        .await?;
    let found = store::get_role(&authorized, &role).await?;
    let has = IfNoneMatch::new(request.head.header(IfNoneMatch::HEADER));
    found.shown(&has)
}

pub async fn put_role(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [role] = request.parameters()?;
    let body = request.body.json().await;
    let authorized = entered
        .authorize(Action::Write, Resource::Role(&role))
        .await?;
    let read = body.and_then(|body| content(&role, body));
    let (slug, content) = refused_or(&authorized, read).await?;
    let conditions = precondition::versions(|name| request.head.header(name));
    let put = store::put_role(&authorized, &slug, &content, conditions);
    let (done, stands) = put.await?;
    stands.written(done)
}

pub async fn delete_role(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [role] = request.parameters()?;
    let authorized = entered
        .authorize(Action::Write, Resource::Role(&role))
        .await?;
    let conditions = precondition::versions(|name| request.head.header(name));
    store::delete_role(&authorized, &role, conditions).await?;
    Ok(Response::empty(StatusCode::NO_CONTENT))
}
