//! Appending to the trail.

use access::{Action, Resource, enter_asking, refused_or};
use http::StatusCode;
use service::{
    http::{request::Request, response::Response},
    problem::Problem,
    tenant,
};

use crate::{appending, batch::Batch, digest, idempotency, store};

pub async fn append_audit_events(request: Request) -> Result<Response, Problem> {
    let Request { head, body, .. } = request;
    let entered = enter_asking(&head, head.arrived(), |_| Vec::new()).await?;
    let subject = entered.context.caller.subject.as_str();
    let body = body.text().await;
    let admitted = entered.admit().await?;
    let read = body.as_ref().map_err(Clone::clone).and_then(|body| {
        let key = idempotency::key(&head.header(idempotency::HEADER))?;
        Ok((key, Batch::read(body, subject)?))
    });
    let (key, batch) = refused_or(&admitted, read).await?;
    let of_others = batch.of_others(entered.own_subject().await?);
    if !of_others.is_empty() && !entered.may(Action::Append, Resource::AuditEvent).await? {
        return Err(appending::refused(&batch, &of_others));
    }
    let key = match key {
        Some(key) => Some((key, digest::of_batch(&batch)?)),
        None => None,
    };
    let appended = store::append(&admitted, &batch, key).await?;
    if let Some(refusal) = appended.refusal {
        return Err(tenant::refused(&refusal));
    }
    if let Some(organization) = appended.organization {
        head.concerns(organization);
    }
    let answer = appending::answer(&batch, &appended.outcome, appended.answer)?;
    Ok(Response::json(StatusCode::CREATED, answer))
}
