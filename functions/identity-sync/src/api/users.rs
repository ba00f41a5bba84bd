//! The contract of `/v1/users`.

use serde::{Deserialize, Serialize};
use service::{
    http::{
        answers::{
            InvalidQuery, NotModified, PostgresAway, PreconditionFailed, StoreAway, Unauthenticated,
        },
        contract::{OrganizationHeader, PreconditionHeaders},
        page::Page,
    },
    problem::Problem,
};
use utoipa::{IntoParams, ToSchema};
use vocabulary::contract::{ExternalId, Slug};

/// A member of the organization, with the data of the identity provider.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct User {
    /// The user's `external_id`: the `sub` of its tokens.
    #[schema(value_type = ExternalId)]
    pub user: String,
    /// The username.
    #[schema(example = "alice")]
    pub username: String,
    /// The e-mail address, if there is one.
    #[schema(required = true, example = "alice@acme.example")]
    pub email: Option<String>,
    /// The display name.
    #[schema(example = "Alice Archer")]
    pub display_name: String,
    /// The slug of the identity provider.
    #[schema(value_type = Slug, example = "default")]
    pub provider: String,
    /// Whether the user may sign in.
    pub status: UserStatus,
    /// Whether it is the account of an application, not a person.
    pub is_service_account: bool,
    /// The paths of the user's groups, sorted: the provider's own groups, and those within the organization, which
    /// begin with `organization:`. In a group's name, a slash is written `~/` and a tilde `~~`.
    #[schema(example = json!(["/editors/chief", "organization:/board"]))]
    pub groups: Vec<String>,
    /// The user's identities at other identity providers, by the provider's name.
    pub linked_identities: Vec<LinkedIdentity>,
    /// When the user last signed in, RFC 3339 with six fraction digits, to the hour; null: no sign-in is known.
    #[schema(
        required = true,
        format = "date-time",
        example = "2026-01-31T12:00:00.000000Z"
    )]
    pub last_login_at: Option<String>,
}

/// Whether a user may sign in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum UserStatus {
    /// The user may sign in.
    Active,
    /// The identity provider has disabled the user, who holds no roles either.
    Disabled,
}

/// The identity of a user at another identity provider, with which the user's own provider has linked it.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct LinkedIdentity {
    /// The alias that the user's own provider has for the other one.
    #[schema(example = "google")]
    pub provider: String,
    /// The user's identifier there, if it is known.
    #[schema(required = true)]
    pub user_id: Option<String>,
    /// The user's name there, if it is known.
    #[schema(required = true, example = "alice@gmail.example")]
    pub username: Option<String>,
}

/// The filter and the page of a list of users.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UsersQuery {
    /// A part of the username, the e-mail address or the display name, without regard to case.
    #[param(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub query: Option<String>,
    /// The maximum number of items: 1 to 1,000, by default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<u32>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// Where a user is removed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RemovalQuery {
    /// `true`: the person is erased everywhere, which only platform's callers may do. Absent: the user is removed from
    /// the organization.
    #[param(value_type = Option<Everywhere>, inline)]
    pub everywhere: Option<String>,
}

/// The value for a removal everywhere.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Everywhere {
    /// Everywhere.
    True,
}

/// Lists the members of the organization, by `external_id`
#[utoipa::path(get, path = "/v1/users", tag = "users",
    params(UsersQuery, OrganizationHeader),
    responses(
        (status = 200, description = "A page of users", body = Page<User>, headers(("ETag" = String))),
        NotModified,
        InvalidQuery,
        Unauthenticated,
        (status = 403, description = "The right `read` on `user:*` is missing", body = Problem, content_type = "application/problem+json"),
        PostgresAway,
    ))]
pub fn list_users() {}

/// Returns a member of the organization
///
/// Every user may read its own data.
#[utoipa::path(get, path = "/v1/users/{user}", tag = "users",
    params(("user" = String, Path, description = "The user's `external_id`"), OrganizationHeader),
    responses(
        (status = 200, description = "The user", body = User, headers(("ETag" = String))),
        NotModified,
        Unauthenticated,
        (status = 403, description = "The request is about another user, and the right `read` on `user:<user>` is missing", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The organization has no such member", body = Problem, content_type = "application/problem+json"),
        PostgresAway,
    ))]
pub fn get_user() {}

/// Removes a user from the organization, or erases a person everywhere
///
/// This removes the membership, wherever it came from, its attributes, and the roles that were assigned to the user in
/// the organization. From the next request on, tokens that were issued before give no access there. The membership
/// returns only with an event of the identity provider that is later than the removal.
///
/// With `everywhere=true`, the person of the organization's identity provider is removed from every organization, and
/// everything else that is kept about the person is erased, except in the audit trails. The `external_id` is kept, so
/// that no later event brings the rest back; this also works for an `external_id` that is not known yet. The last
/// administrators are erased, too; the log and the audit trail of the organization record it.
#[utoipa::path(delete, path = "/v1/users/{user}", tag = "users",
    params(("user" = String, Path, description = "The user's `external_id`"), RemovalQuery, OrganizationHeader, PreconditionHeaders),
    responses(
        (status = 204, description = "The organization has no such member any more"),
        InvalidQuery,
        Unauthenticated,
        (status = 403, description = "The right `erase` on `user:<user>` is missing; for `everywhere` it is needed in platform", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The organization would be left without an administrator; not with `everywhere`", body = Problem, content_type = "application/problem+json"),
        PreconditionFailed,
        StoreAway,
    ))]
pub fn delete_user() {}
