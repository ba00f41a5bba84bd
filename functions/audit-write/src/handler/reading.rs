//! Reading the trail.

use axum::{Extension, response::Response};
use http::StatusCode;
use service::{
    extract::{Path, Query},
    kept, page,
    permission::{Entrance, or_refused},
    problem::Problem,
    serve::Context,
};

use super::{Visitor, json};
use crate::{api::reading::EventsQuery, cursor, selection::Selection, store, store::Reader};

pub async fn find_audit_events(
    Visitor { subject, path }: Visitor,
    Extension(context): Extension<Context>,
    query: Result<Query<EventsQuery>, Problem>,
) -> Result<Response, Problem> {
    let read = query.and_then(|Query(query)| Selection::new(query));
    let (selection, sent) = or_refused(&path, Entrance::AuditReading, read).await?;
    let key = kept::seal_key().await?;
    let before = match sent {
        Some(cursor) => Some(cursor::open(key, &path, &cursor)?),
        None => None,
    };
    let reader = Reader {
        path: &path,
        subject: &subject,
        context: &context,
    };
    let (events, rest) = store::find(&reader, selection, before).await?;
    let next_cursor = rest.map(|last| cursor::seal(key, &path, &last));
    // As they were sent: numbers in metadata would not survive being read.
    let page = page::of_array(events, next_cursor.as_deref());
    Ok(json(StatusCode::OK, page))
}

pub async fn get_audit_event(
    Visitor { subject, path }: Visitor,
    Extension(context): Extension<Context>,
    Path([id]): Path<1>,
) -> Result<Response, Problem> {
    let reader = Reader {
        path: &path,
        subject: &subject,
        context: &context,
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
    Ok(json(StatusCode::OK, event))
}
