//! The contract of `/v1/webhooks/keycloak`.

use inbox::EventStatus;
use serde::{Deserialize, Serialize};
use service::problem::Problem;
use utoipa::{IntoParams, ToSchema};
use vocabulary::contract::Slug;

/// What became of an event that was delivered.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct Received {
    /// What became of it.
    pub status: EventStatus,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What shows that a delivery is the provider's.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct SignatureHeader {
    /// The HMAC-SHA256 of the body with the secret of the provider's webhook, in hexadecimal digits.
    #[param(
        rename = "X-Keycloak-Signature",
        required = false,
        min_length = 64,
        max_length = 64
    )]
    signature: String,
}

/// Takes an event of the identity provider `default`
///
/// As the extension `keycloak-events` of a Keycloak sends it. An authentic one is always answered 202, also where
/// it cannot be applied: any other answer has it sent again. A repeated one is answered as it was first.
#[utoipa::path(post, path = "/v1/webhooks/keycloak", tag = "webhooks",
    params(SignatureHeader),
    request_body(content = Object, description = "The event", content_type = "application/json"),
    responses(
        (status = 202, description = "What became of it", body = Received),
        (status = 401, description = "It is not shown to be the provider's", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach; repeating is safe", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn receive_keycloak_event() {}

/// Takes an event of an identity provider
#[utoipa::path(post, path = "/v1/webhooks/keycloak/{provider}", tag = "webhooks",
    params(("provider" = inline(Slug), Path, description = "Its slug"), SignatureHeader),
    request_body(content = Object, description = "The event", content_type = "application/json"),
    responses(
        (status = 202, description = "What became of it", body = Received),
        (status = 401, description = "It is not shown to be the provider's", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such identity provider", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach; repeating is safe", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn receive_keycloak_event_of_provider() {}
