//! The contract of who holds which role: `/v1/roles/{role}/members` and `/v1/users/{user}/roles`.

use serde::{Deserialize, Serialize};
use service::{
    http::{
        contract::{OrganizationHeader, PreconditionHeaders},
        page::Page,
    },
    problem::Problem,
};
use utoipa::ToSchema;
use vocabulary::contract::{ExternalId, GroupPath, Moment, Slug};

use super::roles::PageQuery;

/// Somebody to whom a role was assigned.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct RoleMember {
    /// The user's `external_id`; nobody need be known by it yet.
    #[schema(value_type = ExternalId)]
    pub user: String,
    /// From when on the role is not held any more, RFC 3339 with six fraction digits; null: it does not end. An
    /// assignment that has ended stays in the list.
    #[schema(
        required = true,
        format = "date-time",
        example = "2030-01-31T12:00:00.000000Z"
    )]
    pub valid_until: Option<String>,
}

/// How a role is assigned.
#[derive(Clone, Debug, Eq, PartialEq, ToSchema)]
pub struct RoleMemberContent {
    /// From when on the role is not held any more; null or absent: it does not end.
    #[schema(required = false, value_type = Option<Moment>)]
    pub valid_until: Option<String>,
}

/// A role that was assigned to a user, or that its groups give it.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct UserRole {
    /// Its slug.
    #[schema(value_type = Slug, example = "editor")]
    pub role: String,
    /// Whether it is a global one.
    pub is_global: bool,
    /// Whether it was assigned.
    pub is_assigned: bool,
    /// When the assignment ends, as a member has it; null also where there is none.
    #[schema(
        required = true,
        format = "date-time",
        example = "2030-01-31T12:00:00.000000Z"
    )]
    pub valid_until: Option<String>,
    /// The paths of the groups by which it is held as well, sorted: as long as there is one, it does not end.
    #[schema(value_type = BTreeSet<GroupPath>)]
    pub by_groups: Vec<String>,
}

/// To whom a role was assigned in the organization, by `external_id`
///
/// A global role's members are each organization's own. Who holds a role by inheritance or by a group is not
/// in the list.
#[utoipa::path(get, path = "/v1/roles/{role}/members", tag = "roles",
    params(("role" = inline(Slug), Path, description = "The role"), PageQuery, OrganizationHeader),
    responses(
        (status = 200, description = "A page of members", body = Page<RoleMember>, headers(("ETag" = String))),
        (status = 304, description = "`If-None-Match` names what the caller has"),
        (status = 400, description = "The query cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `read` on `role:<role>`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such role", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn list_role_members() {}

/// Assigns a role to a user, or says anew when that ends
///
/// From the next decision on, the user holds it. A moment that has passed may be named.
#[utoipa::path(put, path = "/v1/roles/{role}/members/{user}", tag = "roles",
    params(("role" = inline(Slug), Path, description = "The role"), ("user" = inline(ExternalId), Path, description = "The user's `external_id`"), OrganizationHeader, PreconditionHeaders),
    request_body = Option<RoleMemberContent>,
    responses(
        (status = 200, description = "The member as it stands now", body = RoleMember, headers(("ETag" = String))),
        (status = 201, description = "The new member", body = RoleMember, headers(("ETag" = String))),
        (status = 400, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `write` on `role:<role>`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such role", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The organization would be left without an administrator", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "What stands is not what `If-Match` and `If-None-Match` ask for", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields do not fit: all of them in `errors`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach; repeating is safe", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn put_role_member() {}

/// Takes a role away from a user
///
/// From the next decision on, the user does not hold it, unless by inheritance or by a group.
#[utoipa::path(delete, path = "/v1/roles/{role}/members/{user}", tag = "roles",
    params(("role" = inline(Slug), Path, description = "The role"), ("user" = String, Path, description = "The user's `external_id`"), OrganizationHeader, PreconditionHeaders),
    responses(
        (status = 204, description = "The role is not assigned to the user any more"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `write` on `role:<role>`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such role", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The organization would be left without an administrator", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "What stands is not what `If-Match` and `If-None-Match` ask for", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach; repeating is safe", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn delete_role_member() {}

/// The roles that a user was assigned in the organization or holds there by a group, by slug
///
/// Not what these inherit. Everybody may ask about itself.
#[utoipa::path(get, path = "/v1/users/{user}/roles", tag = "roles",
    params(("user" = String, Path, description = "The user's `external_id`"), PageQuery, OrganizationHeader),
    responses(
        (status = 200, description = "A page of roles", body = Page<UserRole>, headers(("ETag" = String))),
        (status = 304, description = "`If-None-Match` names what the caller has"),
        (status = 400, description = "The query cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Somebody else is asked about, without the right: `read` on `role:*`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn list_user_roles() {}
