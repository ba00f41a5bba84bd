//! Reading the trail.

use access::{Action, Resource, enter, refused_or};
use http::StatusCode;
use service::{
    cache,
    http::{page, request::Request, response::Response},
    problem::Problem,
};

use crate::{cursor, selection::Selection, store};

pub async fn find_audit_events(request: Request) -> Result<Response, Problem> {
    let head = request.head;
    let entered = enter(&head).await?;
    let authorized = entered
        .authorize(Action::Read, Resource::AuditEvent)
        .await?;
    let read = head.query().and_then(Selection::new);
    let (selection, sent) = refused_or(&authorized, read).await?;
    let key = cache::seal_key().await?;
    let before = match sent {
        Some(cursor) => Some(cursor::open(key, &entered.context.path, &cursor)?),
        None => None,
    };
    let (events, rest) = store::find(&authorized, &head, selection, before).await?;
    let next_cursor = rest.map(|last| cursor::seal(key, &entered.context.path, &last));
    // As they were sent: numbers in metadata would not survive being read.
    let page = page::of_array(&events, next_cursor.as_deref());
    Ok(Response::json(StatusCode::OK, page))
}

pub async fn get_audit_event(mut request: Request) -> Result<Response, Problem> {
    let entered = enter(&request.head).await?;
    let [id] = request.parameters()?;
    let authorized = entered
        .authorize(Action::Read, Resource::AuditEvent)
        .await?;
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
