//! `/v1/users`.

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
    store::users as store,
    users::selection::{self, Selection},
};

pub async fn list_users(request: Request) -> Result<Response, Problem> {
    let head = request.head;
    let entered = enter(&head).await?;
    let authorized = entered.authorize(Action::Read, Resource::User("*")).await?;
    let read = head.query().and_then(Selection::new);
    let selection = refused_or(&authorized, read).await?;
    let limit = selection.limit;
    let found = store::list_users(&authorized, selection).await?;
    let page = page::cut(found.into_iter(), limit, |user| &user.user);
    let has = IfNoneMatch::new(head.header(IfNoneMatch::HEADER));
    Ok(conditional::json(&has, to_json(&page)?))
}

pub async fn get_user(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [user] = request.parameters()?;
    let is_itself = entered.own_subject().await? == Some(user.as_str());
    let authorized = if is_itself {
        entered.admit().await?
    } else {
        let one = Resource::User(&user);
        entered.authorize(Action::Read, one).await?
    };
    let found = store::get_user(&authorized, &user).await?;
    let has = IfNoneMatch::new(request.head.header(IfNoneMatch::HEADER));
    found.shown(&has)
}

pub async fn delete_user(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [user] = request.parameters()?;
    let head = request.head;
    let everywhere = head.query().and_then(|query| selection::everywhere(&query));
    // An invalid query is reported only to callers that may remove the user.
    let erased = match everywhere {
        Ok(true) => Resource::Person(&user),
        _ => Resource::User(&user),
    };
    let authorized = entered.authorize(Action::Erase, erased).await?;
    let everywhere = refused_or(&authorized, everywhere).await?;
    let conditions = precondition::versions(|name| head.header(name));
    if everywhere {
        store::erase_person(&authorized, &user, conditions).await?;
    } else {
        store::remove_user(&authorized, &user, conditions).await?;
    }
    Ok(Response::empty(StatusCode::NO_CONTENT))
}
