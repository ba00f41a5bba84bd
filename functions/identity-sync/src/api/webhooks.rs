//! The contract of `/v1/webhooks/keycloak`.

use inbox::EventStatus;
use serde::{Deserialize, Serialize};
use service::{
    http::answers::{BodyRefused, StoreAway},
    problem::Problem,
};
use utoipa::{IntoParams, ToSchema};
use vocabulary::contract::Slug;

/// The result of an event that was delivered.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct Received {
    /// The result.
    pub status: EventStatus,
    /// The reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What proves that a delivery comes from the provider.
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

/// Receives an event from the identity provider `default`
///
/// The extension `keycloak-events` of a Keycloak sends such events. An authentic event is always answered with 202,
/// also if it cannot be applied, since any other answer makes Keycloak send it again. A duplicate is answered as the
/// first one was.
#[utoipa::path(post, path = "/v1/webhooks/keycloak", tag = "webhooks",
    params(SignatureHeader),
    request_body(content = Object, description = "The event", content_type = "application/json"),
    responses(
        (status = 202, description = "The result", body = Received),
        (status = 401, description = "The delivery does not prove that it comes from the provider", body = Problem, content_type = "application/problem+json"),
        BodyRefused,
        StoreAway,
    ))]
pub fn receive_keycloak_event() {}

/// Receives an event from an identity provider
#[utoipa::path(post, path = "/v1/webhooks/keycloak/{provider}", tag = "webhooks",
    params(("provider" = inline(Slug), Path, description = "The slug"), SignatureHeader),
    request_body(content = Object, description = "The event", content_type = "application/json"),
    responses(
        (status = 202, description = "The result", body = Received),
        (status = 401, description = "The delivery does not prove that it comes from the provider", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The identity provider does not exist", body = Problem, content_type = "application/problem+json"),
        BodyRefused,
        StoreAway,
    ))]
pub fn receive_keycloak_event_of_provider() {}
