//! The contract of reading.

use serde::Deserialize;
use service::{
    http::{
        answers::{InvalidQuery, PostgresAway, Unauthenticated},
        contract::OrganizationHeader,
        page::Page,
    },
    problem::Problem,
};
use utoipa::{IntoParams, ToSchema};

use super::events::{AuditEvent, Outcome};

/// The order in which a trail is read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AuditOrder)]
pub enum Order {
    /// From the oldest event on; new events can be read as they come.
    Asc,
    /// From the newest event into the past.
    #[default]
    Desc,
}

/// The filters: an event must match all of them. Unknown and duplicate parameters are refused.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// Only events that were recorded at this time or later, RFC 3339.
    #[param(format = "date-time")]
    pub from: Option<String>,
    /// Only events that were recorded before this time, RFC 3339.
    #[param(format = "date-time")]
    pub to: Option<String>,
    /// The actor's id.
    #[param(
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub actor: Option<String>,
    /// The action, or a prefix of it with `*` at the end.
    #[param(
        example = "file.*",
        max_length = 101,
        pattern = r"^([A-Za-z0-9_.:/-]{1,100}\*?|\*)$"
    )]
    pub action: Option<String>,
    /// The id of one of the targets.
    #[param(
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub target: Option<String>,
    /// The outcome.
    pub outcome: Option<Outcome>,
    /// The id of the request in which it happened.
    #[param(min_length = 1, max_length = 128, pattern = "^[ -~]*$")]
    pub request_id: Option<String>,
    /// `desc`, by default: the newest event first; or `asc`, for programs that must not miss an event.
    pub order: Option<Order>,
    /// The maximum number of items: 1 to 1,000, by default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<u32>,
    /// `next_cursor` of the previous page, which had the same order.
    pub cursor: Option<String>,
}

/// The query of a request for one event: no parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoQuery {}

/// Lists the events of the trail, the newest first, or from the oldest on
///
/// The request itself is recorded as an event, `audit_event.read`, in the trail that is read; it is not on the page that
/// it returns. A page may be short, or empty, and still have a `next_cursor`: it holds about 4 MB at most, and with a
/// filter other than times and actor, at most 100,000 events are examined for it. Continue with `next_cursor`, or narrow
/// `from` and `to`.
///
/// With `order=asc`, events are sorted by the transactions that wrote them, and are returned only when nothing can be
/// committed before them any more: a client that continues with `next_cursor` reads each event once and misses none.
/// There always is a `next_cursor`, to continue later. A transaction anywhere in the PostgreSQL server that has written
/// and stays open delays all later events. After a failover to an asynchronous standby, and in a restored database,
/// start again with `from`, and drop known events by their `id`.
#[utoipa::path(get, path = "/v1/audit-events", tag = "audit",
    params(EventsQuery, OrganizationHeader),
    responses(
        (status = 200, description = "A page of events", body = Page<AuditEvent>),
        InvalidQuery,
        Unauthenticated,
        (status = 403, description = "The right `read` on `audit_event:*` is missing", body = Problem, content_type = "application/problem+json"),
        PostgresAway,
    ))]
pub fn find_audit_events() {}

/// Returns an event
///
/// The request itself is recorded as an event, `audit_event.read`, in the trail that is read. If two events have the
/// same id, which may be used again after 35 days, the newer one is returned.
#[utoipa::path(get, path = "/v1/audit-events/{id}", tag = "audit",
    params(("id" = String, Path, description = "The event's id"), OrganizationHeader),
    responses(
        (status = 200, description = "The event", body = AuditEvent),
        (status = 400, description = "The query is invalid: there are no parameters", body = Problem, content_type = "application/problem+json"),
        Unauthenticated,
        (status = 403, description = "The right `read` on `audit_event:*` is missing", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The organization's trail has no such event", body = Problem, content_type = "application/problem+json"),
        PostgresAway,
    ))]
pub fn get_audit_event() {}
