//! The contract of `/v1/organizations`.

use serde::{Deserialize, Serialize};
use service::{
    http::{
        contract::{OrganizationHeader, PreconditionHeaders},
        page::Page,
    },
    problem::Problem,
};
use utoipa::{IntoParams, ToSchema};
use vocabulary::{
    OrganizationStatus, Plan,
    contract::{Domain, Email, ExternalId, Name, Slug, SlugOrId},
};

/// An organization: a tenant of the platform.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct Organization {
    /// What tokens name it by.
    #[schema(format = "uuid")]
    pub id: String,
    /// Names it in paths, for ever.
    #[schema(value_type = Slug)]
    pub slug: String,
    /// The name people read.
    #[schema(value_type = Name)]
    pub name: String,
    /// What it pays for.
    pub plan: Plan,
    /// Where bills go.
    pub billing: Billing,
    /// Its DNS names, sorted; each belongs to one organization.
    #[schema(value_type = BTreeSet<Domain>, max_items = 200)]
    pub domains: Vec<String>,
    /// Whether its tokens are accepted.
    pub status: OrganizationStatus,
    /// Slug of the identity provider that signs its tokens.
    #[schema(value_type = Slug, example = "default")]
    pub identity_provider: String,
    /// What its identity provider calls it in tokens; null: nothing is known yet.
    #[schema(value_type = Option<ExternalId>, example = "7d2f3c1e-5a0b-4c57-9d0a-3f5f0a6f3b11")]
    pub external_id: Option<String>,
    /// When it was last changed, RFC 3339 with six fraction digits.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    pub updated_at: String,
}

/// Where an organization's bills go.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct Billing {
    /// Who gets them.
    #[schema(value_type = Option<Email>)]
    pub email: Option<String>,
    /// What they are to say: a purchase order or an account.
    #[schema(value_type = Option<Name>)]
    pub reference: Option<String>,
}

/// What an organization is to be. The path names it; an organization keeps its slug.
#[derive(Clone, Debug, PartialEq, ToSchema)]
pub struct OrganizationContent {
    /// The name people read.
    #[schema(value_type = Name)]
    pub name: String,
    /// What it pays for.
    pub plan: Plan,
    /// Where bills go; absent: nowhere.
    #[schema(required = false, value_type = Option<Billing>)]
    pub billing: Billing,
    /// Its DNS names, each of no other organization; absent: none.
    #[schema(required = false, value_type = Option<BTreeSet<Domain>>, max_items = 200)]
    pub domains: Vec<String>,
    /// Whether its tokens are accepted.
    pub status: OrganizationStatus,
    /// Slug of the identity provider that signs its tokens; absent or null: as it is, `default` for a new one.
    #[schema(required = false, value_type = Option<Slug>)]
    pub identity_provider: Option<String>,
    /// What its identity provider calls it in tokens, no other of the provider's organizations; absent or null: as
    /// it is, and nothing with another provider. Where the provider's alias for it was seen with another identifier
    /// and finds it no more, setting this one, or the same again, trusts the alias again.
    #[schema(required = false, value_type = Option<ExternalId>)]
    pub external_id: Option<String>,
}

/// Which organizations to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OrganizationsQuery {
    /// How many at most: 1 to 1,000, by default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// The organizations that the caller may read, by slug: all for platform, its own for others
#[utoipa::path(get, path = "/v1/organizations", tag = "registry",
    params(OrganizationsQuery, OrganizationHeader),
    responses(
        (status = 200, description = "A page of organizations", body = Page<Organization>, headers(("ETag" = String))),
        (status = 304, description = "`If-None-Match` names what the caller has"),
        (status = 400, description = "The query cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "No organization, or not the caller's", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn list_organizations() {}

/// One organization: any for platform, its own for others
#[utoipa::path(get, path = "/v1/organizations/{organization}", tag = "registry",
    params(("organization" = inline(SlugOrId), Path, description = "Its slug or id"), OrganizationHeader),
    responses(
        (status = 200, description = "The organization", body = Organization, headers(("ETag" = String))),
        (status = 304, description = "`If-None-Match` names what the caller has"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not the caller's organization", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such organization", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn get_organization() {}

/// Creates an organization, or replaces all that is said of it
#[utoipa::path(put, path = "/v1/organizations/{organization}", tag = "registry",
    params(("organization" = inline(SlugOrId), Path, description = "Its slug, or the id of one that exists"), OrganizationHeader, PreconditionHeaders),
    request_body = OrganizationContent,
    responses(
        (status = 200, description = "The organization as it stands now", body = Organization, headers(("ETag" = String))),
        (status = 201, description = "The new organization", body = Organization, headers(("ETag" = String))),
        (status = 400, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `write` on `organization:<slug>`, in platform", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "An id that no organization has", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "An organization with members or role assignments keeps its identity provider", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "What stands is not what `If-Match` and `If-None-Match` ask for", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields do not fit: all of them in `errors`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach; repeating is safe", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn put_organization() {}
