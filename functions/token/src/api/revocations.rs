//! The contract of `/v1/revocations`.

use serde::Deserialize;
use service::{
    http::{
        answers::{
            BodyRefused, InvalidFields, InvalidQuery, NotJson, NotModified, PostgresAway,
            StoreAway, Unauthenticated,
        },
        contract::OrganizationHeader,
        page::Page,
    },
    problem::Problem,
};
use utoipa::{IntoParams, ToSchema};
use vocabulary::contract::{ExternalId, Reason, Slug, SlugOrId, Uuid};

/// What to revoke: exactly one of `subject`, `session`, `token_id`, `client` and `organization`.
#[derive(ToSchema)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct RevocationContent {
    /// A user of the organization, by its `external_id`.
    #[schema(value_type = Option<ExternalId>)]
    subject: Option<String>,
    /// A session, by the `sid` of its tokens.
    #[schema(value_type = Option<ExternalId>)]
    session: Option<String>,
    /// One token, by its `jti`, whenever it was issued.
    #[schema(value_type = Option<ExternalId>)]
    token_id: Option<String>,
    /// All tokens that were issued for a client, by its `client_id`.
    #[schema(value_type = Option<ExternalId>)]
    client: Option<String>,
    /// An organization, by its slug or id; not platform.
    #[schema(value_type = Option<SlugOrId>)]
    organization: Option<String>,
    /// The slug of the identity provider whose client it is; absent: the caller's own.
    #[schema(value_type = Option<Slug>)]
    identity_provider: Option<String>,
    /// The reason, shown in the list and in the audit trail.
    #[schema(value_type = Option<Reason>)]
    reason: Option<String>,
}

/// A revocation.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the database writes it")]
pub struct Revocation {
    /// The identifier; later revocations sort after it.
    #[schema(value_type = Uuid)]
    id: String,
    /// The slug of the identity provider whose tokens are refused.
    #[schema(value_type = Slug)]
    provider: String,
    /// The kind of the revocation.
    kind: RevocationKind,
    /// The value: a `sub`, `sid`, `jti` or client, the id of an organization, or the SHA-256 of a token's signed part;
    /// empty if all tokens of the provider are meant.
    value: String,
    /// The only organization in which it applies; null: everywhere.
    #[schema(required = true, value_type = Option<Uuid>)]
    organization_id: Option<String>,
    /// Tokens that were issued in this second or before are refused, RFC 3339 with six fraction digits; null: tokens of
    /// any time.
    #[schema(
        required = true,
        format = "date-time",
        example = "2026-01-31T12:00:00.000000Z"
    )]
    cut_off_at: Option<String>,
    /// Who revoked: `administrator`, `holder` of the token, or the way in which the provider reported it.
    #[schema(example = "administrator")]
    source: String,
    /// The reason.
    #[schema(required = true)]
    reason: Option<String>,
    /// When it was revoked.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    revoked_at: String,
    /// When the last token that it refuses has expired.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    ends_at: String,
}

/// What a revocation refuses.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[allow(dead_code, reason = "the database writes it")]
pub enum RevocationKind {
    /// One token, by the SHA-256 of its signed part.
    Token,
    /// One token, by its `jti`.
    TokenId,
    /// The tokens of a session.
    Session,
    /// The tokens of a user.
    Subject,
    /// The tokens that were issued for a client.
    Client,
    /// The tokens of an organization.
    Organization,
    /// All tokens of the provider.
    Provider,
}

/// Which revocations to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RevocationsQuery {
    /// The maximum number of items: 1 to 1,000, by default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<u32>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// Lists the revocations of the organization, the newest first
///
/// The list has the revocations in force: each one is kept for as long as a token that it refuses may live. Platform
/// sees its own, and those that apply to all tokens of a provider.
#[utoipa::path(get, path = "/v1/revocations", tag = "tokens",
    params(RevocationsQuery, OrganizationHeader),
    responses(
        (status = 200, description = "A page of revocations", body = Page<Revocation>, headers(("ETag" = String))),
        NotModified,
        InvalidQuery,
        Unauthenticated,
        (status = 403, description = "The right `read` on `revocation:*` is missing", body = Problem, content_type = "application/problem+json"),
        PostgresAway,
    ))]
pub fn list_revocations() {}

/// Revokes the tokens of a subject or a session, or one token, in the organization; or, for platform, those of a client
/// or an organization
///
/// From the next request on, tokens that were issued until now are refused, and so are those of the next 30 seconds,
/// since an issuer's clock may be ahead: a user who signs in within this time has to do it again. It is safe to repeat
/// the request; the later of the two times applies.
#[utoipa::path(post, path = "/v1/revocations", tag = "tokens",
    params(OrganizationHeader),
    request_body = RevocationContent,
    responses(
        (status = 201, description = "The revocation", body = Revocation),
        NotJson,
        Unauthenticated,
        (status = 403, description = "The right `write` on `revocation:*` is missing; for a client or an organization it is needed in platform", body = Problem, content_type = "application/problem+json"),
        BodyRefused,
        InvalidFields,
        StoreAway,
    ))]
pub fn add_revocation() {}
