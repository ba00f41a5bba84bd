//! Appending to the trail.

use axum::{Extension, response::Response};
use http::{HeaderMap, StatusCode};
use service::{
    body::Text,
    permission::{Entrance, or_refused},
    problem::Problem,
    serve::Context,
};

use super::{Visitor, json};
use crate::{appending, batch::Batch, digest, idempotency, store};

pub async fn append_audit_events(
    Visitor { subject, path }: Visitor,
    Extension(context): Extension<Context>,
    headers: HeaderMap,
    body: Result<Text, Problem>,
) -> Result<Response, Problem> {
    let read = body.as_ref().map_err(Clone::clone).and_then(|Text(body)| {
        let key = idempotency::key(&headers)?;
        Ok((key, Batch::read(body, &subject)?))
    });
    let (key, batch) = or_refused(&path, Entrance::Organization, read).await?;
    let key = match key {
        Some(key) => Some((key.to_owned(), digest::of_batch(&batch)?)),
        None => None,
    };
    let appended = store::append(&path, &subject, &batch, key).await?;
    if let Some(refusal) = appended.refusal {
        return Err(appending::refused(&batch, &subject, &refusal));
    }
    if let Some(organization) = appended.organization {
        context.concerns(organization);
    }
    let answer = appending::answer(&batch, &appended.outcome, appended.answer)?;
    Ok(json(StatusCode::CREATED, answer))
}
