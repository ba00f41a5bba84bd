//! The contract of `/v1/roles`.

use serde::{Deserialize, Serialize};
use service::{
    http::{
        answers::{
            BodyRefused, InvalidQuery, NotJson, NotModified, PostgresAway, PreconditionFailed,
            StoreAway, Unauthenticated,
        },
        contract::{OrganizationHeader, PreconditionHeaders},
        page::Page,
    },
    problem::Problem,
};
use utoipa::{IntoParams, ToSchema};
use vocabulary::contract::{Description, GroupPath, Name, Slug};

/// A role without its permissions.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct RoleSummary {
    /// Names the role in paths.
    #[schema(value_type = Slug, example = "editor")]
    pub slug: String,
    /// The display name.
    #[schema(value_type = Name)]
    pub name: String,
    /// What the role is for; may be empty.
    #[schema(value_type = Description)]
    pub description: String,
    /// Slugs of the roles whose permissions its members have, too, sorted: the organization's own and global ones.
    #[schema(value_type = BTreeSet<Slug>)]
    pub inherits: Vec<String>,
    /// Paths of the groups whose members hold the role, sorted.
    #[schema(value_type = BTreeSet<GroupPath>)]
    pub groups: Vec<String>,
    /// Whether it is valid in every organization. Such a role cannot be changed through this route.
    pub is_global: bool,
    /// When it was last changed, RFC 3339 with six fraction digits.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    pub updated_at: String,
}

/// A role.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct Role {
    #[serde(flatten)]
    #[allow(missing_docs, reason = "its fields are the role's")]
    pub summary: RoleSummary,
    /// Its permissions: what it permits and denies, sorted, without duplicates.
    pub permissions: Vec<Permission>,
}

/// A permission: one line that permits or denies.
#[derive(Clone, Debug, Eq, Hash, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct Permission {
    /// The type of the resources; `*`: any type, and then `resource_id` is `*`, too.
    #[schema(
        example = "document",
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub resource_type: String,
    /// The id of the resource; `*`: any.
    #[schema(
        example = "*",
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub resource_id: String,
    /// The action; `*`: any.
    #[schema(
        example = "write",
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub action: String,
    /// The effect of the line if it matches.
    pub effect: PermissionEffect,
    /// The condition that must hold for the line to apply: an expression in CEL over `subject`, `resource`, `action`
    /// and `context`, at most 1,024 bytes; null, absent or empty: the line always applies.
    #[schema(
        example = json!("resource.properties.owner == subject.id"),
        max_length = 1024,
        pattern = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]*$"
    )]
    pub condition: Option<String>,
}

/// The effect of a line that matches.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PermissionEffect {
    /// The line permits, unless another line denies.
    Allow,
    /// The line denies, whatever other lines permit.
    Deny,
}

/// The new state of a role. The path has its slug; its members do not change.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoleContent {
    /// The display name.
    #[schema(value_type = Name)]
    pub name: String,
    /// What the role is for; absent: empty.
    #[schema(required = false, value_type = Option<Description>)]
    pub description: String,
    /// Slugs of the roles whose permissions its members have, too: the organization's own and global ones, without a
    /// cycle, and at most nine roles in a chain; absent: none.
    #[schema(required = false, value_type = Option<BTreeSet<Slug>>, max_items = 100)]
    pub inherits: Vec<String>,
    /// Paths of the groups whose members hold the role if they are members of the organization; absent: none.
    #[schema(required = false, value_type = Option<BTreeSet<GroupPath>>, max_items = 100)]
    pub groups: Vec<String>,
    /// Its permissions: what it permits and denies, without duplicates; absent: none.
    #[schema(required = false, value_type = Option<BTreeSet<Permission>>, max_items = 1000)]
    pub permissions: Vec<Permission>,
}

/// The requested page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The maximum number of items: 1 to 1,000, by default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<u32>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// Lists the organization's own roles and the global ones, by slug, without their permissions
#[utoipa::path(get, path = "/v1/roles", tag = "roles",
    params(PageQuery, OrganizationHeader),
    responses(
        (status = 200, description = "A page of roles", body = Page<RoleSummary>, headers(("ETag" = String))),
        NotModified,
        InvalidQuery,
        Unauthenticated,
        (status = 403, description = "The right `read` on `role:*` is missing", body = Problem, content_type = "application/problem+json"),
        PostgresAway,
    ))]
pub fn list_roles() {}

/// Returns a role: the organization's own, or a global one
#[utoipa::path(get, path = "/v1/roles/{role}", tag = "roles",
    params(("role" = inline(Slug), Path, description = "The role"), OrganizationHeader),
    responses(
        (status = 200, description = "The role", body = Role, headers(("ETag" = String))),
        NotModified,
        Unauthenticated,
        (status = 403, description = "The right `read` on `role:<role>` is missing", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The role does not exist", body = Problem, content_type = "application/problem+json"),
        PostgresAway,
    ))]
pub fn get_role() {}

/// Creates a role of the organization, or replaces it
///
/// The next decision uses it.
#[utoipa::path(put, path = "/v1/roles/{role}", tag = "roles",
    params(("role" = inline(Slug), Path, description = "The role"), OrganizationHeader, PreconditionHeaders),
    request_body = RoleContent,
    responses(
        (status = 200, description = "The role as it is now", body = Role, headers(("ETag" = String))),
        (status = 201, description = "The new role", body = Role, headers(("ETag" = String))),
        NotJson,
        Unauthenticated,
        (status = 403, description = "The right `write` on `role:<role>` is missing", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Only seeding writes this role: it is a global role or the role of platform's administrators", body = Problem, content_type = "application/problem+json"),
        PreconditionFailed,
        BodyRefused,
        (status = 422, description = "Validation failed: `errors` lists all invalid fields. A cycle of inheritance, or more than nine roles in a chain, is shown", body = Problem, content_type = "application/problem+json"),
        StoreAway,
    ))]
pub fn put_role() {}

/// Deletes a role of the organization: no user holds it any more
#[utoipa::path(delete, path = "/v1/roles/{role}", tag = "roles",
    params(("role" = String, Path, description = "The role"), OrganizationHeader, PreconditionHeaders),
    responses(
        (status = 204, description = "The organization has no such role any more"),
        Unauthenticated,
        (status = 403, description = "The right `write` on `role:<role>` is missing", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Only seeding writes this role: it is a global role or the role of platform's administrators; or other roles inherit it", body = Problem, content_type = "application/problem+json"),
        PreconditionFailed,
        StoreAway,
    ))]
pub fn delete_role() {}
