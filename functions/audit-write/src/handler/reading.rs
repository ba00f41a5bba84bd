//! Reading the trail.

use http::StatusCode;
use service::{
    kept, page,
    permission::{Entrance, or_refused},
    problem::Problem,
    request::Request,
    response::Response,
};

use super::visitor;
use crate::{cursor, selection::Selection, store, store::Reader};

pub async fn find_audit_events(request: Request) -> Result<Response, Problem> {
    let head = request.head;
    let (subject, path) = visitor(&head).await?;
    let read = head.query().and_then(Selection::new);
    let (selection, sent) = or_refused(&path, Entrance::AuditReading, read).await?;
    let key = kept::seal_key().await?;
    let before = match sent {
        Some(cursor) => Some(cursor::open(key, &path, &cursor)?),
        None => None,
    };
    let reader = Reader {
        path: &path,
        subject: &subject,
        head: &head,
    };
    let (events, rest) = store::find(&reader, selection, before).await?;
    let next_cursor = rest.map(|last| cursor::seal(key, &path, &last));
    // As they were sent: numbers in metadata would not survive being read.
    let page = page::of_array(&events, next_cursor.as_deref());
    Ok(Response::json(StatusCode::OK, page))
}

pub async fn get_audit_event(mut request: Request) -> Result<Response, Problem> {
    let (subject, path) = visitor(&request.head).await?;
    let [id] = request.parameters()?;
    let head = request.head;
    let reader = Reader {
        path: &path,
        subject: &subject,
        head: &head,
    };
    let event = store::get(&reader, vocabulary::id(&id)).await?;
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
