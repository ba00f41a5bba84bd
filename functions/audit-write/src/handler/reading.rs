//! Reading the trail.

use axum::{Extension, response::Response};
use http::StatusCode;
use serde_json::value::RawValue;
use service::{
    extract::{Path, Query},
    kept, page,
    problem::Problem,
    serve::Context,
};

use super::{Visitor, json};
use crate::{api::reading::EventsQuery, cursor, selection::Selection, store, store::Reader, words};

pub async fn find_audit_events(
    Visitor { subject, path }: Visitor,
    Extension(context): Extension<Context>,
    Query(query): Query<EventsQuery>,
) -> Result<Response, Problem> {
    let (selection, sent) = Selection::new(query)?;
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
    let limit = selection.limit;
    let events = store::find(&reader, selection, before).await?;
    // As they were sent: numbers in metadata would not survive being read.
    let events: Vec<&RawValue> = parse(&events)?;
    let page = page::cut_with(events.into_iter(), limit, |last| {
        let last = parse(last.get())?;
        Ok(cursor::seal(key, &path, &last))
    })?;
    let page = serde_json::to_vec(&page).map_err(|fault| Problem::internal(fault.to_string()))?;
    Ok(json(StatusCode::OK, page))
}

pub async fn get_audit_event(
    Visitor { subject, path }: Visitor,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let reader = Reader {
        path: &path,
        subject: &subject,
        context: &context,
    };
    let event = store::get(&reader, words::parse_uuid(&id)).await?;
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

fn parse<'a, T: serde::Deserialize<'a>>(document: &'a str) -> Result<T, Problem> {
    serde_json::from_str(document).map_err(|fault| Problem::internal(format!("document: {fault}")))
}
