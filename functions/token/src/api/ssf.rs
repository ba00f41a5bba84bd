//! The contract of `/v1/webhooks/ssf`.

use serde::{Deserialize, Serialize};
use service::{http::answers::BodyRefused, problem::Problem};
use utoipa::ToSchema;
use vocabulary::contract::Slug;

/// The reason why a security event token is not accepted (RFC 8935, section 2.3).
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct DeliveryError {
    /// One of the registered codes.
    #[schema(example = "invalid_audience")]
    pub err: String,
    /// A description in words.
    pub description: String,
}

/// Receives a security event from the transmitter `default`
///
/// The request is a push delivery of the OpenID Shared Signals Framework 1.0 (RFC 8935): the body is a security event
/// token that the transmitter signed. An event about ended sessions is applied; other events are kept and change
/// nothing. A duplicate is answered as the first one was, and has no effect. If the transmitter has a secret here, the
/// header `Authorization` has that secret.
#[utoipa::path(post, path = "/v1/webhooks/ssf", tag = "webhooks", security(()),
    request_body(content = String, description = "The token", content_type = "application/secevent+jwt"),
    responses(
        (status = 202, description = "Accepted"),
        (status = 400, description = "The security event token is missing or not accepted", body = DeliveryError, headers(("Content-Language" = String))),
        (status = 401, description = "The delivery is not authorized", body = DeliveryError, headers(("Content-Language" = String), ("WWW-Authenticate" = String))),
        (status = 404, description = "The transmitter does not exist", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body did not arrive in time", body = Problem, content_type = "application/problem+json"),
        BodyRefused,
        (status = 503, description = "A store or the transmitter's keys cannot be reached, or the request took longer than 700 ms; it is safe to retry", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = String))),
    ))]
pub fn receive_security_event() {}

/// Receives a security event from a transmitter
#[utoipa::path(post, path = "/v1/webhooks/ssf/{transmitter}", tag = "webhooks", security(()),
    params(("transmitter" = inline(Slug), Path, description = "The slug")),
    request_body(content = String, description = "The token", content_type = "application/secevent+jwt"),
    responses(
        (status = 202, description = "Accepted"),
        (status = 400, description = "The security event token is missing or not accepted", body = DeliveryError, headers(("Content-Language" = String))),
        (status = 401, description = "The delivery is not authorized", body = DeliveryError, headers(("Content-Language" = String), ("WWW-Authenticate" = String))),
        (status = 404, description = "The transmitter does not exist", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body did not arrive in time", body = Problem, content_type = "application/problem+json"),
        BodyRefused,
        (status = 503, description = "A store or the transmitter's keys cannot be reached, or the request took longer than 700 ms; it is safe to retry", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = String))),
    ))]
pub fn receive_security_event_of_transmitter() {}
