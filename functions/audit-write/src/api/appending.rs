//! The contract of appending.

use std::borrow::Cow;

use serde::Serialize;
use service::{
    http::{
        answers::{BodyRefused, Unauthenticated},
        contract::OrganizationHeader,
    },
    problem::Problem,
};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        Ref, RefOr,
        schema::{ArrayBuilder, OneOfBuilder, Schema},
    },
};

use super::events::NewAuditEvent;

/// One event, or 1 to 1,000 events, all of which are recorded or none.
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
                "One event, or 1 to 1,000 events, all of which are recorded or none.",
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
    /// The id that the event was sent with, or the one that the Shell generated.
    #[schema(format = "uuid")]
    pub id: String,
    /// When it was first recorded, RFC 3339 with six fraction digits.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    pub created_at: String,
}

/// One object for one event, an array for an array, in the same order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "read by the generator alone")]
pub enum RecordedEvents {
    /// One event.
    One(RecordedEvent),
    /// Several events.
    Several(Vec<RecordedEvent>),
}

/// The key that makes it safe to retry a whole call.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct IdempotencyKeyHeader {
    /// 1 to 255 visible ASCII characters, sent once. For 35 days, a call of the same caller with the same key and
    /// the same body gets the answer of the first call, and nothing more is recorded.
    #[param(
        rename = "Idempotency-Key",
        required = false,
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]+$"
    )]
    idempotency_key: String,
}

/// Records one event or several
///
/// The answer is sent when the events are durable. A caller with the right `append` on `audit_event:*` may name anyone
/// as the actor; other callers may name only themselves, in their own organization. Events with an `id`, and calls with
/// an `Idempotency-Key`, may be sent again within 35 days, with their fields in any order: they get the first answer
/// again. Only `metadata` is compared byte by byte.
#[utoipa::path(post, path = "/v1/audit-events", tag = "audit",
    params(IdempotencyKeyHeader, OrganizationHeader),
    request_body = NewAuditEvents,
    responses(
        (status = 201, description = "The events are recorded", body = RecordedEvents),
        (status = 400, description = "The body is not valid JSON, or the key is not an idempotency key", body = Problem, content_type = "application/problem+json"),
        Unauthenticated,
        (status = 403, description = "There is no organization, or it is not the caller's, or events name another actor than the caller and the right `append` on `audit_event:*` is missing (`errors` lists all of them); in another organization, the caller itself is another actor", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The key was used with another body, or ids were used for other events (`errors` lists all of them)", body = Problem, content_type = "application/problem+json"),
        BodyRefused,
        (status = 422, description = "Validation failed: `errors` lists all invalid fields, up to 1,000", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL cannot be reached; the events may have been recorded, and it is safe to retry if they have ids or the call has a key", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn append_audit_events() {}
