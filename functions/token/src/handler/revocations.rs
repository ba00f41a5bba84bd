//! `/v1/revocations`.

use access::{Action, Resource, enter, refused_or};
use http::StatusCode;
use service::{
    http::{
        conditional::{self, IfNoneMatch},
        page,
        request::Request,
        response::Response,
    },
    problem::Problem,
};

use crate::{
    revocations::{listing::Selection, reading::Revocation},
    store,
};

pub async fn list(request: Request) -> Result<Response, Problem> {
    let head = request.head;
    let entered = enter(&head).await?;
    let authorized = entered
        .authorize(Action::Read, Resource::Revocation)
        .await?;
    let selection = head.query().and_then(Selection::new);
    let selection = refused_or(&authorized, selection).await?;
    let (items, rest) = store::list_revocations(&authorized, &selection).await?;
    let cursor = rest.as_deref().map(page::cursor_after);
    let has = IfNoneMatch::new(head.header(IfNoneMatch::HEADER));
    let body = page::of_array(&items, cursor.as_deref());
    Ok(conditional::json(&has, body))
}

pub async fn add(request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let body = request.body.json().await;
    let read = body.and_then(|body| Revocation::new(&body));
    // The content decides in which organization the right is needed.
    let resource = if read.as_ref().is_ok_and(Revocation::is_platforms) {
        Resource::ProviderRevocation
    } else {
        Resource::Revocation
    };
    let authorized = entered.authorize(Action::Write, resource).await?;
    let revocation = refused_or(&authorized, read).await?;
    let document = store::add_revocation(&authorized, &revocation).await?;
    Ok(Response::json(StatusCode::CREATED, document))
}
