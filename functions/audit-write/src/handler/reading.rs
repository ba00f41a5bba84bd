//! Reading the trail.

use access::{Action, Resource, enter, refused_or};
use http::StatusCode;
use service::{
    cache,
    http::{page, request::Request, response::Response},
    problem::Problem,
};

use crate::{
    api::reading::{NoQuery, Order},
    cursor::{self, Last},
    selection::Selection,
    store,
};

pub async fn find_audit_events(request: Request) -> Result<Response, Problem> {
    let head = request.head;
    let entered = enter(&head).await?;
    let authorized = entered
        .authorize(Action::Read, Resource::AuditEvent)
        .await?;
    let read = head.query().and_then(Selection::new);
    let (selection, sent) = refused_or(&authorized, read).await?;
    let key = cache::seal_key().await?;
    let path = &entered.context.path;
    let order = selection.order;
    let last = match &sent {
        Some(cursor) => Some(cursor::open(key, path, order, cursor)?),
        None => None,
    };
    let (events, rest) = store::find(&authorized, &head, selection, last).await?;
    let next_cursor = match (rest, order) {
        (Some(last), _) => Some(cursor::seal(key, path, &last)),
        (None, Order::Desc) => None,
        // More events will be recorded: the next page begins where this one began.
        (None, Order::Asc) => sent.or_else(|| Some(cursor::seal(key, path, &Last::before_all()))),
    };
    // The events are not parsed, since numbers in metadata would change.
    let page = page::of_array(&events, next_cursor.as_deref());
    Ok(Response::json(StatusCode::OK, page))
}

pub async fn get_audit_event(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [id] = request.parameters()?;
    let authorized = entered
        .authorize(Action::Read, Resource::AuditEvent)
        .await?;
    let read = request.head.query().map(|NoQuery {}| ());
    refused_or(&authorized, read).await?;
    let event = store::get(&authorized, &request.head, vocabulary::id(&id)).await?;
    let event = event.ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "unknown-audit-event",
            "No such event",
        )
        .with_detail("no event of the organization has this id")
    })?;
    Ok(Response::json(StatusCode::OK, event))
}
