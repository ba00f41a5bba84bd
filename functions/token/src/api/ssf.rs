//! The contract of `/v1/webhooks/ssf`.

use serde::{Deserialize, Serialize};
use service::problem::Problem;
use utoipa::ToSchema;
use vocabulary::contract::Slug;

/// Why a security event token is not taken (RFC 8935, section 2.3).
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct DeliveryError {
    /// One of the registered codes.
    #[schema(example = "invalid_audience")]
    pub err: String,
    /// In words.
    pub description: String,
}

/// Takes a security event of the transmitter `default`
///
/// As the OpenID Shared Signals Framework 1.0 has it by push (RFC 8935): the body is a security event token that the
/// transmitter signed. What it says of sessions that ended is applied; other events are kept and change nothing. A
/// repeated one is answered as it was first, and does nothing. Where the transmitter has a secret here, the header
/// `Authorization` is that.
#[utoipa::path(post, path = "/v1/webhooks/ssf", tag = "webhooks", security(()),
    request_body(content = String, description = "The token", content_type = "application/secevent+jwt"),
    responses(
        (status = 202, description = "Taken"),
        (status = 400, description = "No security event token that is accepted", body = DeliveryError, headers(("Content-Language" = String))),
        (status = 401, description = "The delivery is not authorized", body = DeliveryError, headers(("Content-Language" = String), ("WWW-Authenticate" = String))),
        (status = 404, description = "No such transmitter", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body did not arrive in time", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store, or the transmitter's keys, are out of reach, or it took longer than 700 ms; repeating is safe", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = String))),
    ))]
pub fn receive_security_event() {}

/// Takes a security event of a transmitter
#[utoipa::path(post, path = "/v1/webhooks/ssf/{transmitter}", tag = "webhooks", security(()),
    params(("transmitter" = inline(Slug), Path, description = "Its slug")),
    request_body(content = String, description = "The token", content_type = "application/secevent+jwt"),
    responses(
        (status = 202, description = "Taken"),
        (status = 400, description = "No security event token that is accepted", body = DeliveryError, headers(("Content-Language" = String))),
        (status = 401, description = "The delivery is not authorized", body = DeliveryError, headers(("Content-Language" = String), ("WWW-Authenticate" = String))),
        (status = 404, description = "No such transmitter", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body did not arrive in time", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store, or the transmitter's keys, are out of reach, or it took longer than 700 ms; repeating is safe", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = String))),
    ))]
pub fn receive_security_event_of_transmitter() {}
