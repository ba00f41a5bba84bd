//! The contract of `/v1/tokens`.

use serde::Serialize;
use serde_json::Value;
use service::{
    http::{answers::BodyRefused, contract::OrganizationHeader},
    problem::Problem,
};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::contract;

/// A form about a token.
#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct TokenForm {
    /// The token.
    #[schema(min_length = 1)]
    token: String,
    /// The type that the sender assumes: `access_token` or `refresh_token`. Other values are ignored.
    #[schema(example = "access_token")]
    token_type_hint: Option<String>,
}

/// The reason why a form is not accepted (RFC 6749, section 5.2; RFC 7009, section 2.2.1).
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenError {
    /// The error code, for programs.
    pub error: TokenErrorCode,
    /// The error in words.
    pub error_description: &'static str,
}

/// An error in a form.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenErrorCode {
    /// A parameter is missing or a duplicate, or the body is not a form.
    InvalidRequest,
    /// The token is not an access token; only those can be revoked here.
    UnsupportedTokenType,
}

/// Whether a token is active now, and its claims (RFC 7662, section 2.2). An inactive token has only `active`.
#[derive(Debug, Default, Eq, PartialEq, Serialize, ToSchema)]
pub struct Introspection {
    /// Whether a request with this token would be accepted.
    pub active: bool,
    /// The scopes, separated by spaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The client for which it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The username, if the token has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// How the token is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Bearer")]
    pub token_type: Option<&'static str>,
    /// When it expires, in seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<u64>,
    /// When it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<u64>,
    /// From when on it is valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nbf: Option<u64>,
    /// Its user's `external_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "alice")]
    pub sub: Option<String>,
    /// The audience: one, or several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<Value>,
    /// The issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// The identifier of the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// The session of the login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// The organization to which it gives access.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<contract::Uuid>)]
    pub organization_id: Option<Uuid>,
}

/// Revokes an access token (RFC 7009)
///
/// The holder of the token may revoke it, and needs no other token. From the next request on every function refuses it,
/// and so does every satellite that introspects it. A token that is unknown, malformed, expired or of an unknown issuer
/// is not valid anyway, and the answer is the same as after a revocation.
#[utoipa::path(post, path = "/v1/tokens/revoke", tag = "tokens", security(()),
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token is not valid (any more)", headers(("Cache-Control" = String))),
        (status = 400, description = "The body is not a form with one token (`invalid_request`), or the token is a refresh or ID token (`unsupported_token_type`)", body = TokenError),
        BodyRefused,
        (status = 503, description = "A store or the issuer's keys cannot be reached: the token may still be valid; it is safe to retry", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = String))),
    ))]
pub fn revoke_token() {}

/// Introspects a token (RFC 7662)
///
/// The token is active for the caller if the Shell would accept it, and if it belongs to the caller's own organization
/// or to one that the caller may act for; with `Shell-Organization`, only to the organization that it names. A token
/// that names several organizations belongs to the one that this header names. About every other token the answer says
/// only that it is not active.
#[utoipa::path(post, path = "/v1/tokens/introspect", tag = "tokens",
    params(OrganizationHeader),
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Whether the token is active, and its claims", body = Introspection, headers(("Cache-Control" = String))),
        (status = 400, description = "The body is not a form with one token; or the caller's own token names several organizations", content((TokenError = "application/json"), (Problem = "application/problem+json"))),
        (status = 401, description = "The caller's access token is missing or not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The right `introspect` on `token:*` is missing; a caller does not need it for its own token", body = Problem, content_type = "application/problem+json"),
        BodyRefused,
        (status = 503, description = "A store or the issuer's keys cannot be reached", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = String))),
    ))]
pub fn introspect_token() {}
