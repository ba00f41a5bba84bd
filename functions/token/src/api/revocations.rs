//! The contract of `/v1/revocations`.

use serde::Deserialize;
use service::{
    http::{contract::OrganizationHeader, page::Page},
    problem::Problem,
};
use utoipa::{IntoParams, ToSchema};
use vocabulary::contract::{ExternalId, Reason, Slug, SlugOrId, Uuid};

/// What is to be cut off: exactly one of `subject`, `session`, `token_id`, `client` and `organization`.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct RevocationContent {
    /// A user of the organization, by its `external_id`.
    #[schema(value_type = Option<ExternalId>)]
    subject: Option<String>,
    /// A session: the `sid` of its tokens.
    #[schema(value_type = Option<ExternalId>)]
    session: Option<String>,
    /// One token, by its `jti`, whenever it was issued.
    #[schema(value_type = Option<ExternalId>)]
    token_id: Option<String>,
    /// All tokens that were issued for a client, by its `client_id`.
    #[schema(value_type = Option<ExternalId>)]
    client: Option<String>,
    /// An organization, by its slug or id; platform is none of them.
    #[schema(value_type = Option<SlugOrId>)]
    organization: Option<String>,
    /// Whose client it is, by the slug of the identity provider; absent: the caller's own one's.
    #[schema(value_type = Option<Slug>)]
    identity_provider: Option<String>,
    /// Why, for those who read the list or the audit trail.
    #[schema(value_type = Option<Reason>)]
    reason: Option<String>,
}

/// What is cut off.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the database writes it")]
pub struct Revocation {
    /// By which it is known; later ones sort after it.
    #[schema(value_type = Uuid)]
    id: String,
    /// The slug of the identity provider whose tokens are refused.
    #[schema(value_type = Slug)]
    provider: String,
    /// What is meant.
    kind: RevocationKind,
    /// Which: a `sub`, `sid`, `jti` or client, the id of an organization, the SHA-256 of what is signed of a token; empty
    /// where all tokens of the provider are meant.
    value: String,
    /// In which organization alone it counts; null: wherever its tokens would.
    #[schema(required = true, value_type = Option<Uuid>)]
    organization_id: Option<String>,
    /// Tokens that were issued in this second or before are refused, RFC 3339 with six fraction digits; null: whenever
    /// they were issued.
    #[schema(
        required = true,
        format = "date-time",
        example = "2026-01-31T12:00:00.000000Z"
    )]
    cut_off_at: Option<String>,
    /// Who said so: `administrator`, `holder` of the token, or in which way the provider did.
    #[schema(example = "administrator")]
    source: String,
    /// Why.
    #[schema(required = true)]
    reason: Option<String>,
    /// When it was revoked.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    revoked_at: String,
    /// From when on no token is left that it refuses.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    ends_at: String,
}

/// What a revocation means.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[allow(dead_code, reason = "the database writes it")]
pub enum RevocationKind {
    /// One token, by the SHA-256 of what is signed of it.
    Token,
    /// One token, by its `jti`.
    TokenId,
    /// A session's tokens.
    Session,
    /// A user's tokens.
    Subject,
    /// Those that were issued for a client.
    Client,
    /// Those of an organization.
    Organization,
    /// All of the provider.
    Provider,
}

/// Which revocations to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RevocationsQuery {
    /// How many at most: 1 to 1,000, by default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// What is cut off in the organization, the newest first
///
/// Those in force: each for as long as a token may live that it refuses. Platform sees those of its own, and those
/// that count for all of a provider's tokens.
#[utoipa::path(get, path = "/v1/revocations", tag = "tokens",
    params(RevocationsQuery, OrganizationHeader),
    responses(
        (status = 200, description = "A page of revocations", body = Page<Revocation>, headers(("ETag" = String))),
        (status = 304, description = "`If-None-Match` names what the caller has"),
        (status = 400, description = "The query cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `read` on `revocation:*`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn list_revocations() {}

/// Cuts off a subject, a session or a token in the organization; or, for platform, a client or an organization
///
/// From the next request on, tokens that were issued until now are refused, and those of the next 30 seconds, by which
/// an issuer's clock may be ahead: who signs in within them has to do it again. Repeating is safe; the later time stands.
#[utoipa::path(post, path = "/v1/revocations", tag = "tokens",
    params(OrganizationHeader),
    request_body = RevocationContent,
    responses(
        (status = 201, description = "What is cut off now", body = Revocation),
        (status = 400, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `write` on `revocation:*`, of a client or an organization in platform", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields do not fit: all of them in `errors`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach; repeating is safe", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn add_revocation() {}
