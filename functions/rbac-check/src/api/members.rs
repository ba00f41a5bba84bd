//! The contract of role assignments: `/v1/roles/{role}/members` and `/v1/users/{user}/roles`.

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
use utoipa::ToSchema;
use vocabulary::contract::{ExternalId, GroupPath, Moment, Slug};

use super::roles::PageQuery;

/// A user to whom a role was assigned.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct RoleMember {
    /// The user's `external_id`; the user may still be unknown.
    #[schema(value_type = ExternalId)]
    pub user: String,
    /// When the assignment ends, RFC 3339 with six fraction digits; null: never. An assignment that has ended remains
    /// in the list.
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
    /// When the assignment ends; null or absent: never.
    #[schema(required = false, value_type = Option<Moment>)]
    pub valid_until: Option<String>,
}

/// A role that was assigned to a user, or that the user holds through groups.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct UserRole {
    /// The slug.
    #[schema(value_type = Slug, example = "editor")]
    pub role: String,
    /// Whether it is a global role.
    pub is_global: bool,
    /// Whether it was assigned.
    pub is_assigned: bool,
    /// When the assignment ends, as for a member; null also if there is no assignment.
    #[schema(
        required = true,
        format = "date-time",
        example = "2030-01-31T12:00:00.000000Z"
    )]
    pub valid_until: Option<String>,
    /// The paths of the groups through which the user holds the role as well, sorted: as long as there is one, it does
    /// not end.
    #[schema(value_type = BTreeSet<GroupPath>)]
    pub by_groups: Vec<String>,
}

/// Lists the users to whom a role was assigned in the organization, by `external_id`
///
/// Each organization has its own members of a global role. Users who hold the role by inheritance or through a group
/// are not in the list.
#[utoipa::path(get, path = "/v1/roles/{role}/members", tag = "roles",
    params(("role" = inline(Slug), Path, description = "The role"), PageQuery, OrganizationHeader),
    responses(
        (status = 200, description = "A page of members", body = Page<RoleMember>, headers(("ETag" = String))),
        NotModified,
        InvalidQuery,
        Unauthenticated,
        (status = 403, description = "The right `read` on `role:<role>` is missing", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The role does not exist", body = Problem, content_type = "application/problem+json"),
        PostgresAway,
    ))]
pub fn list_role_members() {}

/// Assigns a role to a user, or changes when the assignment ends
///
/// From the next decision on, the user holds it. The end may be in the past.
#[utoipa::path(put, path = "/v1/roles/{role}/members/{user}", tag = "roles",
    params(("role" = inline(Slug), Path, description = "The role"), ("user" = inline(ExternalId), Path, description = "The user's `external_id`"), OrganizationHeader, PreconditionHeaders),
    request_body = Option<RoleMemberContent>,
    responses(
        (status = 200, description = "The member as it is now", body = RoleMember, headers(("ETag" = String))),
        (status = 201, description = "The new member", body = RoleMember, headers(("ETag" = String))),
        NotJson,
        Unauthenticated,
        (status = 403, description = "The right `write` on `role:<role>` is missing", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The role does not exist", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The organization would be left without an administrator", body = Problem, content_type = "application/problem+json"),
        PreconditionFailed,
        BodyRefused,
        InvalidFields,
        StoreAway,
    ))]
pub fn put_role_member() {}

/// Takes a role away from a user
///
/// From the next decision on, the user does not hold it, except by inheritance or through a group.
#[utoipa::path(delete, path = "/v1/roles/{role}/members/{user}", tag = "roles",
    params(("role" = inline(Slug), Path, description = "The role"), ("user" = String, Path, description = "The user's `external_id`"), OrganizationHeader, PreconditionHeaders),
    responses(
        (status = 204, description = "The role is not assigned to the user any more"),
        Unauthenticated,
        (status = 403, description = "The right `write` on `role:<role>` is missing", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The role does not exist", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The organization would be left without an administrator", body = Problem, content_type = "application/problem+json"),
        PreconditionFailed,
        StoreAway,
    ))]
pub fn delete_role_member() {}

/// Lists the roles that are assigned to a user in the organization, or that the user holds there through a group, by
/// slug
///
/// Roles that these inherit are not listed. Every user may ask about itself.
#[utoipa::path(get, path = "/v1/users/{user}/roles", tag = "roles",
    params(("user" = String, Path, description = "The user's `external_id`"), PageQuery, OrganizationHeader),
    responses(
        (status = 200, description = "A page of roles", body = Page<UserRole>, headers(("ETag" = String))),
        NotModified,
        InvalidQuery,
        Unauthenticated,
        (status = 403, description = "The request is about another user, and the right `read` on `role:*` is missing", body = Problem, content_type = "application/problem+json"),
        PostgresAway,
    ))]
pub fn list_user_roles() {}
