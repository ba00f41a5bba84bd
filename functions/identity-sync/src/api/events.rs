//! The contract of `/v1/webhooks/events`.

use inbox::EventStatus;
use serde::{Deserialize, Serialize};
use service::{http::page::Page, problem::Problem};
use utoipa::{IntoParams, ToSchema};
use vocabulary::contract::Slug;

/// An event in the inbox, without what it says.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct WebhookEvent {
    /// By which the inbox knows it; later ones sort after it.
    #[schema(format = "uuid")]
    pub id: String,
    /// The slug of the identity provider whose event it is.
    #[schema(value_type = Slug)]
    pub provider: String,
    /// In which way it was told.
    #[schema(example = "keycloak")]
    pub source: String,
    /// By which the provider knows it; `sha256:` and a digest of the body, where that names none.
    pub event_id: String,
    /// What it is, in the provider's words.
    #[serde(rename = "type")]
    #[schema(example = "admin.USER-CREATE")]
    pub kind: String,
    /// When it occurred, RFC 3339 with six fraction digits.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    pub occurred_at: String,
    /// When it was first delivered.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    pub received_at: String,
    /// What became of it.
    pub status: EventStatus,
    /// Why, where that is not plain.
    #[schema(example = "other_realm")]
    pub reason: Option<String>,
}

/// Which events to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WebhookEventsQuery {
    /// Only those of which this became.
    #[param(inline)]
    pub status: Option<EventStatus>,
    /// How many at most: 1 to 1,000, by default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// What identity providers told, the newest first
///
/// Events of which nothing can follow here, such as refreshed tokens, are not kept; the others are for 90 days.
#[utoipa::path(get, path = "/v1/webhooks/events", tag = "webhooks",
    params(WebhookEventsQuery),
    responses(
        (status = 200, description = "A page of events", body = Page<WebhookEvent>, headers(("ETag" = String))),
        (status = 304, description = "`If-None-Match` names what the caller has"),
        (status = 400, description = "The query cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right, in platform: `read` on `webhook_event:*`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn list_webhook_events() {}
