//! The contract of `/v1/organizations`.

use serde::{Deserialize, Serialize};
use service::{
    http::{
        answers::{
            BodyRefused, InvalidFields, InvalidQuery, NotJson, NotModified, PostgresAway,
            PreconditionFailed, StoreAway, Unauthenticated,
        },
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
    /// The id, which tokens contain.
    #[schema(format = "uuid")]
    pub id: String,
    /// The slug, which names it in paths and never changes.
    #[schema(value_type = Slug)]
    pub slug: String,
    /// The display name.
    #[schema(value_type = Name)]
    pub name: String,
    /// The plan.
    pub plan: Plan,
    /// The billing contact.
    pub billing: Billing,
    /// Its DNS names, sorted; each belongs to one organization.
    #[schema(value_type = BTreeSet<Domain>, max_items = 200)]
    pub domains: Vec<String>,
    /// The status: whether its tokens are accepted.
    pub status: OrganizationStatus,
    /// Slug of the identity provider that signs its tokens.
    #[schema(value_type = Slug, example = "default")]
    pub identity_provider: String,
    /// The identifier that its identity provider uses in tokens; null: not known yet.
    #[schema(value_type = Option<ExternalId>, example = "7d2f3c1e-5a0b-4c57-9d0a-3f5f0a6f3b11")]
    pub external_id: Option<String>,
    /// When it was last changed, RFC 3339 with six fraction digits.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    pub updated_at: String,
}

/// The billing contact of an organization.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct Billing {
    /// The recipient.
    #[schema(value_type = Option<Email>)]
    pub email: Option<String>,
    /// The reference on the bill: a purchase order or an account.
    #[schema(value_type = Option<Name>)]
    pub reference: Option<String>,
}

/// The new state of an organization. The path names it; an organization keeps its slug.
#[derive(Clone, Debug, PartialEq, ToSchema)]
pub struct OrganizationContent {
    /// The display name.
    #[schema(value_type = Name)]
    pub name: String,
    /// The plan.
    pub plan: Plan,
    /// The billing contact; absent: none.
    #[schema(required = false, value_type = Option<Billing>)]
    pub billing: Billing,
    /// Its DNS names, which no other organization has; absent: none.
    #[schema(required = false, value_type = Option<BTreeSet<Domain>>, max_items = 200)]
    pub domains: Vec<String>,
    /// The status: whether its tokens are accepted.
    pub status: OrganizationStatus,
    /// Slug of the identity provider that signs its tokens; absent or null: unchanged, `default` for a new
    /// organization.
    #[schema(required = false, value_type = Option<Slug>)]
    pub identity_provider: Option<String>,
    /// The identifier that its identity provider uses in tokens, and that no other of the provider's organizations has;
    /// absent or null: unchanged, or none after a change of the provider. If the provider's alias for it came with
    /// another identifier and is void, setting this one, or the same again, makes the alias valid again.
    #[schema(required = false, value_type = Option<ExternalId>)]
    pub external_id: Option<String>,
}

/// The page of a list of organizations.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OrganizationsQuery {
    /// The maximum number of items: 1 to 1,000, by default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<u32>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// Lists the organizations that the caller may read, by slug: all for platform, its own for others
#[utoipa::path(get, path = "/v1/organizations", tag = "registry",
    params(OrganizationsQuery, OrganizationHeader),
    responses(
        (status = 200, description = "A page of organizations", body = Page<Organization>, headers(("ETag" = String))),
        NotModified,
        InvalidQuery,
        Unauthenticated,
        (status = 403, description = "There is no organization, or it is not the caller's", body = Problem, content_type = "application/problem+json"),
        PostgresAway,
    ))]
pub fn list_organizations() {}

/// Returns an organization: any for platform, its own for others
#[utoipa::path(get, path = "/v1/organizations/{organization}", tag = "registry",
    params(("organization" = inline(SlugOrId), Path, description = "The slug or id"), OrganizationHeader),
    responses(
        (status = 200, description = "The organization", body = Organization, headers(("ETag" = String))),
        NotModified,
        Unauthenticated,
        (status = 403, description = "It is not the caller's organization", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The organization does not exist", body = Problem, content_type = "application/problem+json"),
        PostgresAway,
    ))]
pub fn get_organization() {}

/// Creates an organization, or replaces it
#[utoipa::path(put, path = "/v1/organizations/{organization}", tag = "registry",
    params(("organization" = inline(SlugOrId), Path, description = "The slug, or the id of an existing organization"), OrganizationHeader, PreconditionHeaders),
    request_body = OrganizationContent,
    responses(
        (status = 200, description = "The organization as it is now", body = Organization, headers(("ETag" = String))),
        (status = 201, description = "The new organization", body = Organization, headers(("ETag" = String))),
        NotJson,
        Unauthenticated,
        (status = 403, description = "The right `write` on `organization:<slug>` in platform is missing", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The id is unknown, and a new organization is named by its slug", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "An organization with members or role assignments keeps its identity provider", body = Problem, content_type = "application/problem+json"),
        PreconditionFailed,
        BodyRefused,
        InvalidFields,
        StoreAway,
    ))]
pub fn put_organization() {}
