//! The contract of `/v1/users`.

use serde::{Deserialize, Serialize};
use service::{
    http::{
        contract::{OrganizationHeader, PreconditionHeaders},
        page::Page,
    },
    problem::Problem,
};
use utoipa::{IntoParams, ToSchema};
use vocabulary::contract::{ExternalId, Slug};

/// A member of the organization, as the identity provider has it.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct User {
    /// The user's `external_id`: what its tokens have as `sub`.
    #[schema(value_type = ExternalId)]
    pub user: String,
    /// What the user signs in as.
    #[schema(example = "alice")]
    pub username: String,
    /// The e-mail address, where there is one.
    #[schema(required = true, example = "alice@acme.example")]
    pub email: Option<String>,
    /// The name people read.
    #[schema(example = "Alice Archer")]
    pub display_name: String,
    /// The slug of the identity provider.
    #[schema(value_type = Slug, example = "default")]
    pub provider: String,
    /// Whether the user may sign in.
    pub status: UserStatus,
    /// Whether it is no person, but an application's account.
    pub is_service_account: bool,
    /// The paths of the groups that it is in, sorted: the provider's own ones, and those within the organization, which
    /// begin with `organization:`. In a group's name, a slash is written `~/` and a tilde `~~`.
    #[schema(example = json!(["/editors/chief", "organization:/board"]))]
    pub groups: Vec<String>,
    /// Whom other identity providers know it as, by their names.
    pub linked_identities: Vec<LinkedIdentity>,
    /// When it last signed in, RFC 3339 with six fraction digits, to the hour; null: not as far as is known.
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
    /// It may.
    Active,
    /// The identity provider has disabled it: it holds no roles either.
    Disabled,
}

/// What another identity provider, with which the user's own one has linked it, knows a user as.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct LinkedIdentity {
    /// What the user's own provider calls the other one: its alias there.
    #[schema(example = "google")]
    pub provider: String,
    /// The user's identifier there, where it is known.
    #[schema(required = true)]
    pub user_id: Option<String>,
    /// Its name there, where it is known.
    #[schema(required = true, example = "alice@gmail.example")]
    pub username: Option<String>,
}

/// Which users to show.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UsersQuery {
    /// Part of the username, the e-mail address or the display name, whatever the case of letters.
    #[param(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub query: Option<String>,
    /// How many at most: 1 to 1,000, by default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// How far a removal reaches.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RemovalQuery {
    /// `true`: the person is erased everywhere, which platform's callers alone may do. Absent: the user is removed from
    /// the organization.
    #[param(value_type = Option<Everywhere>, inline)]
    pub everywhere: Option<String>,
}

/// That a removal reaches everywhere.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Everywhere {
    /// It does.
    True,
}

/// The members of the organization, by `external_id`
#[utoipa::path(get, path = "/v1/users", tag = "users",
    params(UsersQuery, OrganizationHeader),
    responses(
        (status = 200, description = "A page of users", body = Page<User>, headers(("ETag" = String))),
        (status = 304, description = "`If-None-Match` names what the caller has"),
        (status = 400, description = "The query cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `read` on `user:*`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn list_users() {}

/// A member of the organization
///
/// Everybody may read oneself.
#[utoipa::path(get, path = "/v1/users/{user}", tag = "users",
    params(("user" = String, Path, description = "The user's `external_id`"), OrganizationHeader),
    responses(
        (status = 200, description = "The user", body = User, headers(("ETag" = String))),
        (status = 304, description = "`If-None-Match` names what the caller has"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Somebody else is asked about, without the right: `read` on `user:<user>`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No member of the organization is called so", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn get_user() {}

/// Removes a user from the organization, or erases a person everywhere
///
/// Removed are the membership, whatever it came from, its attributes, and what roles were assigned to the user in the
/// organization. From the next request on, tokens that were issued before give nothing there. The membership returns
/// only by an event of the identity provider that is later than the removal.
///
/// With `everywhere=true`, the person of the organization's identity provider is removed from every organization, and
/// whatever else is kept of it is erased, but for what the audit trails hold. Its `external_id` stays, so that nothing
/// that comes later brings the rest back, also where nobody was known by it yet. The last administrators are erased
/// too; the log and the trail of the organization say so.
#[utoipa::path(delete, path = "/v1/users/{user}", tag = "users",
    params(("user" = String, Path, description = "The user's `external_id`"), RemovalQuery, OrganizationHeader, PreconditionHeaders),
    responses(
        (status = 204, description = "Nobody of the organization is called so any more"),
        (status = 400, description = "The query cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `erase` on `user:<user>`; for `everywhere`, in platform", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The organization would be left without an administrator; not with `everywhere`", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "What stands is not what `If-Match` and `If-None-Match` ask for", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach; repeating is safe", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn delete_user() {}
