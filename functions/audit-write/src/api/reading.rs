//! The contract of reading.

use serde::Deserialize;
use service::{
    http::{contract::OrganizationHeader, page::Page},
    problem::Problem,
};
use utoipa::{IntoParams, ToSchema};

use super::events::{AuditEvent, Outcome};

/// Which way a walk over a trail goes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AuditOrder)]
pub enum Order {
    /// From the beginning on, and on from where it ends whenever there is more.
    Asc,
    /// From the newest event into the past.
    #[default]
    Desc,
}

/// Which events to find: those that every parameter fits. Another parameter, and one that is sent twice, is a fault.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// Recorded then or later, in RFC 3339.
    #[param(format = "date-time")]
    pub from: Option<String>,
    /// Recorded before then, in RFC 3339.
    #[param(format = "date-time")]
    pub to: Option<String>,
    /// The actor's id.
    #[param(
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub actor: Option<String>,
    /// The action, or with `*` at the end what it starts with.
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
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// The id of the request in which it happened.
    #[param(min_length = 1, max_length = 128, pattern = "^[ -~]*$")]
    pub request_id: Option<String>,
    /// `desc`, the newest event first, or `asc`: for reading on without missing an event. By default `desc`.
    pub order: Option<Order>,
    /// How many at most: 1 to 1,000, by default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before, in the same order.
    pub cursor: Option<String>,
}

/// What a request may ask for beside an event's id: nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoQuery {}

/// What happened, the newest first, or from the beginning on
///
/// The request itself becomes an event `audit_event.read` of the trail that is read, and is on none of
/// the pages that it asks for. A page may be short, or empty, and have a `next_cursor`: it holds some 4 MB
/// at most, and where a filter other than times and actor fits little, 100,000 events are looked at for
/// it. Walk on, or narrow `from` and `to`.
///
/// With `order=asc` events come in the order of the transactions that wrote them, and only once nothing can be committed
/// before them any more: whoever continues with `next_cursor` reads each event once and misses none. There always is
/// one, since there always may be more; ask again after a while. A transaction that stays open anywhere in
/// PostgreSQL's server after it has written holds up what is later. After a failover to an asynchronous standby, and in
/// a restored database, begin again with `from`, and leave out what is known by its `id`.
#[utoipa::path(get, path = "/v1/audit-events", tag = "audit",
    params(EventsQuery, OrganizationHeader),
    responses(
        (status = 200, description = "A page of events", body = Page<AuditEvent>),
        (status = 400, description = "The query cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `read` on `audit_event:*`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn find_audit_events() {}

/// One event
///
/// The request itself becomes an event `audit_event.read` of the trail that is read. Of two events with
/// one id (it may be used again after 35 days), the newer.
#[utoipa::path(get, path = "/v1/audit-events/{id}", tag = "audit",
    params(("id" = String, Path, description = "Its id"), OrganizationHeader),
    responses(
        (status = 200, description = "The event", body = AuditEvent),
        (status = 400, description = "The query cannot be used: there are no parameters", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `read` on `audit_event:*`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such event in the organization's trail", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn get_audit_event() {}
