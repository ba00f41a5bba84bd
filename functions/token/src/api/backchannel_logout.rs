//! The contract of `/v1/webhooks/backchannel-logout`.

use serde::{Deserialize, Serialize};
use service::problem::Problem;
use utoipa::ToSchema;
use vocabulary::contract::Slug;

/// What an identity provider sends when somebody was logged out.
#[derive(Debug, Deserialize, ToSchema)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct LogoutForm {
    /// The logout token, once.
    #[schema(min_length = 1)]
    logout_token: String,
}

/// Why a logout did not succeed.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogoutError {
    /// Always this.
    #[schema(example = "invalid_request")]
    pub error: &'static str,
    /// Why.
    pub error_description: String,
}

/// Takes a logout of the identity provider `default`
///
/// As OpenID Connect Back-Channel Logout 1.0 has it. The token is the provider's, signed with its key, for one of the
/// clients that the provider names here. The session that it names ends, or else all of the user; what was issued
/// afterwards counts. A repeated one is answered as it was first, and does nothing.
#[utoipa::path(post, path = "/v1/webhooks/backchannel-logout", tag = "webhooks", security(()),
    request_body(content = LogoutForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Logged out", headers(("Cache-Control" = String))),
        (status = 400, description = "No logout token that is accepted, or it could not be applied", body = LogoutError, headers(("Cache-Control" = String))),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store, or the provider's keys, are out of reach; repeating is safe", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = String))),
    ))]
pub fn receive_logout() {}

/// Takes a logout of an identity provider
#[utoipa::path(post, path = "/v1/webhooks/backchannel-logout/{provider}", tag = "webhooks", security(()),
    params(("provider" = inline(Slug), Path, description = "Its slug")),
    request_body(content = LogoutForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Logged out", headers(("Cache-Control" = String))),
        (status = 400, description = "No logout token that is accepted, or it could not be applied", body = LogoutError, headers(("Cache-Control" = String))),
        (status = 404, description = "No such identity provider", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store, or the provider's keys, are out of reach; repeating is safe", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = String))),
    ))]
pub fn receive_logout_of_provider() {}
