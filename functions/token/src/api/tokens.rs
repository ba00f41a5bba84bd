//! The contract of `/v1/tokens`.

use serde::Serialize;
use serde_json::Value;
use service::{http::contract::OrganizationHeader, problem::Problem};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::contract;

/// A form that is about a token.
#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct TokenForm {
    /// The token.
    #[schema(min_length = 1)]
    token: String,
    /// What its sender takes it for: `access_token` or `refresh_token`. Others are ignored.
    #[schema(example = "access_token")]
    token_type_hint: Option<String>,
}

/// Why a form is not taken (RFC 6749, section 5.2; RFC 7009, section 2.2.1).
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenError {
    /// Names the fault; fit for programs to compare.
    pub error: TokenErrorCode,
    /// The fault in words.
    pub error_description: &'static str,
}

/// A fault of a form.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenErrorCode {
    /// A parameter is missing or repeated, or it is no form.
    InvalidRequest,
    /// Only access tokens are revoked here.
    UnsupportedTokenType,
}

/// What a token is worth now, and what it says (RFC 7662, section 2.2). One that is worth nothing has `active` alone.
#[derive(Debug, Default, Eq, PartialEq, Serialize, ToSchema)]
pub struct Introspection {
    /// Whether a request that bears it would be let in.
    pub active: bool,
    /// What it was issued for, with spaces between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// For which client it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// What its user signs in as, where the token says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// How it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Bearer")]
    pub token_type: Option<&'static str>,
    /// When it ends, in seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<u64>,
    /// When it was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<u64>,
    /// From when on it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nbf: Option<u64>,
    /// Its user's `external_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "alice")]
    pub sub: Option<String>,
    /// For whom it is: one, or several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<Value>,
    /// Who issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// Its own identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// The session of the login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// The organization into which it lets its user.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<contract::Uuid>)]
    pub organization_id: Option<Uuid>,
}

/// Revokes an access token (RFC 7009)
///
/// Whoever holds it may, and needs no other token. From the next request on every function refuses it, and so does
/// every satellite that introspects it. What is unknown, malformed, ended or of an issuer that is not known here, is
/// worth nothing, and answered as if it had been revoked.
#[utoipa::path(post, path = "/v1/tokens/revoke", tag = "tokens", security(()),
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The token is worth nothing", headers(("Cache-Control" = String))),
        (status = 400, description = "It is no form with one token (`invalid_request`), or a refresh or ID token (`unsupported_token_type`)", body = TokenError),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach, or the issuer's keys are: the token may still count; repeating is safe", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = String))),
    ))]
pub fn revoke_token() {}

/// What a token is worth, and what it says (RFC 7662)
///
/// It is worth something to the caller where it would be let in, and is of the caller's own organization, or of one that
/// the caller may act for; with `Shell-Organization`, of that one alone. A token that names several organizations is of
/// the one that this header names. About any other nothing is said.
#[utoipa::path(post, path = "/v1/tokens/introspect", tag = "tokens",
    params(OrganizationHeader),
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "What it is worth", body = Introspection, headers(("Cache-Control" = String))),
        (status = 400, description = "It is no form with one token; or the caller's own token names several organizations", content((TokenError = "application/json"), (Problem = "application/problem+json"))),
        (status = 401, description = "No token that is accepted, of the caller", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `introspect` on `token:*`. About one's own token it is not needed", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach, or the issuer's keys are", body = Problem, content_type = "application/problem+json", headers(("Retry-After" = String))),
    ))]
pub fn introspect_token() {}
