//! The contract of `/v1/webhooks/backchannel-logout`.

use serde::{Deserialize, Serialize};
use service::{http::answers::BodyRefused, problem::Problem};
use utoipa::ToSchema;
use vocabulary::contract::Slug;

/// What an identity provider sends when a user was logged out.
#[derive(Debug, Deserialize, ToSchema)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct LogoutForm {
    /// The logout token, exactly once.
    #[schema(min_length = 1)]
    logout_token: String,
}

/// The reason why a logout did not succeed.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogoutError {
    /// The error code, which is always the same.
    #[schema(example = "invalid_request")]
    pub error: &'static str,
    /// The reason.
    pub error_description: String,
}

/// Receives a back-channel logout from the identity provider `default`
///
/// The request follows OpenID Connect Back-Channel Logout 1.0. The provider issued and signed the token, for one of the
/// clients that are configured for the provider here. The session that it names ends, or else all sessions of the user;
/// tokens that are issued afterwards are accepted. A duplicate is answered as the first one was, and has no effect.
#[utoipa::path(post, path = "/v1/webhooks/backchannel-logout", tag = "webhooks", security(()),
    request_body(content = LogoutForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Logged out", headers(("Cache-Control" = String))),
        (status = 400, description = "The logout token is missing or not accepted, or it could not be applied", body = LogoutError, headers(("Cache-Control" = String))),
        BodyRefused,
        (status = 503, description = "A store or the provider's keys cannot be reached; it is safe to retry", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = String))),
    ))]
pub fn receive_logout() {}

/// Receives a back-channel logout from an identity provider
#[utoipa::path(post, path = "/v1/webhooks/backchannel-logout/{provider}", tag = "webhooks", security(()),
    params(("provider" = inline(Slug), Path, description = "The slug")),
    request_body(content = LogoutForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Logged out", headers(("Cache-Control" = String))),
        (status = 400, description = "The logout token is missing or not accepted, or it could not be applied", body = LogoutError, headers(("Cache-Control" = String))),
        (status = 404, description = "The identity provider does not exist", body = Problem, content_type = "application/problem+json"),
        BodyRefused,
        (status = 503, description = "A store or the provider's keys cannot be reached; it is safe to retry", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = String))),
    ))]
pub fn receive_logout_of_provider() {}
