//! `/v1/roles/{role}/members` and `/v1/users/{user}/roles`.

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
    roles::{members::content, pages},
    store,
};

pub async fn list_role_members(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [role] = request.parameters()?;
    let head = request.head;
    let authorized = entered
        .authorize(Action::Read, Resource::Role(&role))
        .await?;
    let asked = head.query().and_then(|query| pages::of_users(&query));
    let (limit, after) = refused_or(&authorized, asked).await?;
    let found = store::list_role_members(&authorized, &role, after, limit).await?;
    let page = page::cut(found.into_iter(), limit, |member| &member.user);
    let has = IfNoneMatch::new(head.header(IfNoneMatch::HEADER));
    Ok(conditional::json(&has, to_json(&page)?))
}

pub async fn put_role_member(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [role, user] = request.parameters()?;
    let body = request.body.text().await;
    let authorized = entered
        .authorize(Action::Write, Resource::Role(&role))
        .await?;
    let read = body.and_then(|body| content(&user, &body));
    let (user, content) = refused_or(&authorized, read).await?;
    let conditions = precondition::versions(|name| request.head.header(name));
    let put = store::put_role_member(&authorized, &role, &user, content, conditions);
    let (done, stands) = put.await?;
    stands.written(done)
}

pub async fn delete_role_member(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [role, user] = request.parameters()?;
    let authorized = entered
        .authorize(Action::Write, Resource::Role(&role))
        .await?;
    let conditions = precondition::versions(|name| request.head.header(name));
    store::delete_role_member(&authorized, &role, &user, conditions).await?;
    Ok(Response::empty(StatusCode::NO_CONTENT))
}

pub async fn list_user_roles(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [user] = request.parameters()?;
    let head = request.head;
    let is_itself = entered.own_subject().await? == Some(user.as_str());
    let authorized = if is_itself {
        entered.admit().await?
    } else {
        entered.authorize(Action::Read, Resource::Role("*")).await?
    };
    let asked = head.query().and_then(|query| pages::of_slugs(&query));
    let (limit, after) = refused_or(&authorized, asked).await?;
    let found = store::list_user_roles(&authorized, &user, after.as_ref(), limit).await?;
    let page = page::cut(found.into_iter(), limit, |role| &role.role);
    let has = IfNoneMatch::new(head.header(IfNoneMatch::HEADER));
    Ok(conditional::json(&has, to_json(&page)?))
}
