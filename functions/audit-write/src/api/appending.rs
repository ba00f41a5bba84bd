//! The contract of appending.

use std::borrow::Cow;

use serde::Serialize;
use service::{http::contract::OrganizationHeader, problem::Problem};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        Ref, RefOr,
        schema::{ArrayBuilder, OneOfBuilder, Schema},
    },
};

use super::events::NewAuditEvent;

/// One event, or 1 to 1,000 of them, of which all are recorded or none.
#[derive(Debug)]
pub enum NewAuditEvents {}

impl PartialSchema for NewAuditEvents {
    fn schema() -> RefOr<Schema> {
        let event = || Ref::from_schema_name(NewAuditEvent::name());
        let several = ArrayBuilder::new()
            .items(event())
            .min_items(Some(1))
            .max_items(Some(1_000));
        OneOfBuilder::new()
            .description(Some(
                "One event, or 1 to 1,000 of them, of which all are recorded or none.",
            ))
            .item(event())
            .item(several)
            .into()
    }
}

impl ToSchema for NewAuditEvents {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("NewAuditEvents")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((NewAuditEvent::name().into_owned(), NewAuditEvent::schema()));
        NewAuditEvent::schemas(schemas);
    }
}

/// An event that is recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordedEvent {
    /// The event's own, or the one that the Shell made.
    #[schema(format = "uuid")]
    pub id: String,
    /// When it was recorded first, RFC 3339 with six fraction digits.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    pub created_at: String,
}

/// One for one event, an array for an array, in the same order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "read by the generator alone")]
pub enum RecordedEvents {
    /// One.
    One(RecordedEvent),
    /// Several.
    Several(Vec<RecordedEvent>),
}

/// What makes a call safe to repeat as a whole.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct IdempotencyKeyHeader {
    /// 1 to 255 visible ASCII characters, sent once. For 35 days, the same caller's same key with the
    /// same body is answered as it was first, and nothing more is recorded.
    #[param(
        rename = "Idempotency-Key",
        required = false,
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]+$"
    )]
    idempotency_key: String,
}

/// Records what happened
///
/// Answered only when it is durable. Who has the right `append` on `audit_event:*` may name anybody as the
/// actor, and others themselves, in their own organization. Events with an `id`, and calls with an `Idempotency-Key`, may be sent again within 35
/// days, in whatever order their fields are: they are answered as they were first. `metadata` alone is
/// compared as it is written.
#[utoipa::path(post, path = "/v1/audit-events", tag = "audit",
    params(IdempotencyKeyHeader, OrganizationHeader),
    request_body = NewAuditEvents,
    responses(
        (status = 201, description = "All are recorded", body = RecordedEvents),
        (status = 400, description = "The body is no JSON, or the key is none", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "No organization, not the caller's, or another actor than the caller, as whoever acts for another organization is there (all such events in `errors`)", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The key was used for another body, or ids for other events (all of them in `errors`)", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields do not fit: all of them in `errors`, up to 1,000", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach; the events may be recorded, and repeating is safe where they have ids or the call has a key", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn append_audit_events() {}
