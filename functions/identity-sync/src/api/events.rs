//! The contract of `/v1/webhooks/events`.

use inbox::EventStatus;
use serde::{Deserialize, Serialize};
use service::{
    http::{
        answers::{InvalidQuery, NotModified, PostgresAway, Unauthenticated},
        page::Page,
    },
    problem::Problem,
};
use utoipa::{IntoParams, ToSchema};
use vocabulary::contract::Slug;

/// An event in the inbox, without its content.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct WebhookEvent {
    /// The identifier in the inbox; later events sort after it.
    #[schema(format = "uuid")]
    pub id: String,
    /// The slug of the identity provider that the event comes from.
    #[schema(value_type = Slug)]
    pub provider: String,
    /// The way in which it was reported.
    #[schema(example = "keycloak")]
    pub source: String,
    /// The provider's identifier of the event; `sha256:` and a digest of the body if the event has none.
    pub event_id: String,
    /// The type, in the provider's words.
    #[serde(rename = "type")]
    #[schema(example = "admin.USER-CREATE")]
    pub kind: String,
    /// When it occurred, RFC 3339 with six fraction digits.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    pub occurred_at: String,
    /// When it was first delivered.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    pub received_at: String,
    /// The result.
    pub status: EventStatus,
    /// The reason, if there is one.
    #[schema(example = "other_realm")]
    pub reason: Option<String>,
}

/// The filter and the page of a list of events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WebhookEventsQuery {
    /// Only events with this result.
    #[param(inline)]
    pub status: Option<EventStatus>,
    /// The maximum number of items: 1 to 1,000, by default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<u32>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// Lists the events of identity providers, the newest first
///
/// Events that cannot have an effect here, such as refreshed tokens, are not kept; the others are kept for 90 days.
#[utoipa::path(get, path = "/v1/webhooks/events", tag = "webhooks",
    params(WebhookEventsQuery),
    responses(
        (status = 200, description = "A page of events", body = Page<WebhookEvent>, headers(("ETag" = String))),
        NotModified,
        InvalidQuery,
        Unauthenticated,
        (status = 403, description = "The right `read` on `webhook_event:*` in platform is missing", body = Problem, content_type = "application/problem+json"),
        PostgresAway,
    ))]
pub fn list_webhook_events() {}
