//! Appending to the trail.

use http::StatusCode;
use service::{
    permission::{Entrance, or_refused},
    problem::Problem,
    request::Request,
    response::Response,
};

use super::visitor;
use crate::{appending, batch::Batch, digest, idempotency, store};

pub async fn append_audit_events(request: Request) -> Result<Response, Problem> {
    let Request { head, body, .. } = request;
    let (subject, path) = visitor(&head).await?;
    let body = body.text().await;
    let read = body.as_ref().map_err(Clone::clone).and_then(|body| {
        let key = idempotency::key(&head.header(idempotency::HEADER))?;
        Ok((key, Batch::read(body, &subject)?))
    });
    let (key, batch) = or_refused(&path, Entrance::Organization, read).await?;
    let key = match key {
        Some(key) => Some((key, digest::of_batch(&batch)?)),
        None => None,
    };
    let appended = store::append(&path, &subject, &batch, key).await?;
    if let Some(refusal) = appended.refusal {
        return Err(appending::refused(&batch, &subject, &refusal));
    }
    if let Some(organization) = appended.organization {
        head.concerns(organization);
    }
    let answer = appending::answer(&batch, &appended.outcome, appended.answer)?;
    Ok(Response::json(StatusCode::CREATED, answer))
}
