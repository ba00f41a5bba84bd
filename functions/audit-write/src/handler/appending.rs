//! Appending to the trail.

use access::{Action, Resource, admit, authorize, refused_or};
use http::StatusCode;
use service::{
    http::{request::Request, response::Response},
    identity::entrance::enter,
    problem::Problem,
};

use crate::{appending, batch::Batch, digest, idempotency, store};

pub async fn append_audit_events(request: Request) -> Result<Response, Problem> {
    let Request { head, body, .. } = request;
    let context = enter(&head).await?;
    let subject = context.caller.subject.as_str();
    let body = body.text().await;
    let read = body.as_ref().map_err(Clone::clone).and_then(|body| {
        let key = idempotency::key(&head.header(idempotency::HEADER))?;
        Ok((key, Batch::read(body, subject)?))
    });
    let (key, batch) = refused_or(&admit(&context), read).await?;
    let authorized = if batch.of_others(subject).is_empty() {
        admit(&context)
    } else {
        authorize(&context, Action::Append, &Resource::AuditEvent)
    };
    let key = match key {
        Some(key) => Some((key, digest::of_batch(&batch)?)),
        None => None,
    };
    let appended = store::append(&authorized, &batch, key).await?;
    if let Some(refusal) = appended.refusal {
        return Err(appending::refused(&batch, subject, &refusal));
    }
    if let Some(organization) = appended.organization {
        head.concerns(organization);
    }
    let answer = appending::answer(&batch, &appended.outcome, appended.answer)?;
    Ok(Response::json(StatusCode::CREATED, answer))
}
