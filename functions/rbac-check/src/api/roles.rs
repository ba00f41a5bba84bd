//! The contract of `/v1/roles`.

use serde::{Deserialize, Serialize};
use service::{
    http::{
        contract::{OrganizationHeader, PreconditionHeaders},
        page::Page,
    },
    problem::Problem,
};
use utoipa::{IntoParams, ToSchema};
use vocabulary::contract::{Description, GroupPath, Name, Slug};

/// What is said of a role beside what it permits.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct RoleSummary {
    /// Names the role in paths.
    #[schema(value_type = Slug, example = "editor")]
    pub slug: String,
    /// The name people read.
    #[schema(value_type = Name)]
    pub name: String,
    /// What the role is for; may be empty.
    #[schema(value_type = Description)]
    pub description: String,
    /// Slugs of the roles whose permissions its members have too, sorted: of the organization's own and of
    /// global ones.
    #[schema(value_type = BTreeSet<Slug>)]
    pub inherits: Vec<String>,
    /// Paths of the groups whose members hold the role, sorted.
    #[schema(value_type = BTreeSet<GroupPath>)]
    pub groups: Vec<String>,
    /// Whether it is valid in every organization. Such a role is nobody's to change by this route.
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
    /// What it permits and denies, sorted, each line once.
    pub permissions: Vec<Permission>,
}

/// One line of what a role permits or denies.
#[derive(Clone, Debug, Eq, Hash, PartialEq, Deserialize, Serialize, ToSchema)]
pub struct Permission {
    /// The type of the resources that it is about; `*`: of any type, and then `resource_id` is `*` too.
    #[schema(
        example = "document",
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub resource_type: String,
    /// Which of the type; `*`: any.
    #[schema(
        example = "*",
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub resource_id: String,
    /// What is done to it; `*`: anything.
    #[schema(
        example = "write",
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub action: String,
    /// What the line does where it matches.
    pub effect: PermissionEffect,
    /// What must hold for the line to count: an expression in CEL over `subject`, `resource`, `action` and
    /// `context`, at most 1,024 bytes; null, absent or empty: it always counts.
    #[schema(
        example = json!("resource.properties.owner == subject.id"),
        max_length = 1024,
        pattern = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]*$"
    )]
    pub condition: Option<String>,
}

/// What a line does where it matches.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PermissionEffect {
    /// It permits, unless another line denies.
    Allow,
    /// It denies, whatever other lines permit.
    Deny,
}

/// What a role is to be. The path names it; who holds it stays.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoleContent {
    /// The name people read.
    #[schema(value_type = Name)]
    pub name: String,
    /// What the role is for; absent: empty.
    #[schema(required = false, value_type = Option<Description>)]
    pub description: String,
    /// Slugs of the roles whose permissions its members have too: of the organization's own and of global
    /// ones, without a circle, and at most nine roles in a row; absent: none.
    #[schema(required = false, value_type = Option<BTreeSet<Slug>>, max_items = 100)]
    pub inherits: Vec<String>,
    /// Paths of the groups whose members hold the role, who are members of the organization; absent: none.
    #[schema(required = false, value_type = Option<BTreeSet<GroupPath>>, max_items = 100)]
    pub groups: Vec<String>,
    /// What it permits and denies, each line once; absent: nothing.
    #[schema(required = false, value_type = Option<BTreeSet<Permission>>, max_items = 1000)]
    pub permissions: Vec<Permission>,
}

/// Which part of a list to show.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many at most: 1 to 1,000, by default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// The organization's own roles and the global ones, by slug, without what they permit
#[utoipa::path(get, path = "/v1/roles", tag = "roles",
    params(PageQuery, OrganizationHeader),
    responses(
        (status = 200, description = "A page of roles", body = Page<RoleSummary>, headers(("ETag" = String))),
        (status = 304, description = "`If-None-Match` names what the caller has"),
        (status = 400, description = "The query cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `read` on `role:*`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn list_roles() {}

/// One role: the organization's own, or a global one
#[utoipa::path(get, path = "/v1/roles/{role}", tag = "roles",
    params(("role" = inline(Slug), Path, description = "The role"), OrganizationHeader),
    responses(
        (status = 200, description = "The role", body = Role, headers(("ETag" = String))),
        (status = 304, description = "`If-None-Match` names what the caller has"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `read` on `role:<role>`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such role", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn get_role() {}

/// Creates a role of the organization, or replaces all that is said of it
///
/// From the next decision on, it counts as it stands now.
#[utoipa::path(put, path = "/v1/roles/{role}", tag = "roles",
    params(("role" = inline(Slug), Path, description = "The role"), OrganizationHeader, PreconditionHeaders),
    request_body = RoleContent,
    responses(
        (status = 200, description = "The role as it stands now", body = Role, headers(("ETag" = String))),
        (status = 201, description = "The new role", body = Role, headers(("ETag" = String))),
        (status = 400, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `write` on `role:<role>`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Seeding alone writes this role: a global one, or that of platform's administrators", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "What stands is not what `If-Match` and `If-None-Match` ask for", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields do not fit: all of them in `errors`. A circle of inheritance, or more than nine roles in a row, is named", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach; repeating is safe", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn put_role() {}

/// Deletes a role of the organization: nobody holds it any more
#[utoipa::path(delete, path = "/v1/roles/{role}", tag = "roles",
    params(("role" = String, Path, description = "The role"), OrganizationHeader, PreconditionHeaders),
    responses(
        (status = 204, description = "The organization has no such role any more"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `write` on `role:<role>`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Seeding alone writes this role: a global one, or that of platform's administrators; or other roles inherit it", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "What stands is not what `If-Match` and `If-None-Match` ask for", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach; repeating is safe", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn delete_role() {}
