//! The members of roles, in PostgreSQL.

use access::policies::changes::Untrue;
use service::{
    http::{
        change::{Done, Versioned, parse},
        page::Limit,
    },
    problem::Problem,
    sql,
    tenant::Authorized,
};
use vocabulary::Slug;

use super::roles::{change, on_role};
use crate::{
    api::members::{RoleMember, RoleMemberContent, UserRole},
    roles::outcome,
};

/// The members of a role after a given one, at most one more than the limit.
pub async fn list_role_members(
    authorized: &Authorized<'_>,
    role: &str,
    after: Option<String>,
    limit: Limit,
) -> Result<Vec<RoleMember>, Problem> {
    let call = on_role("list_role_members", authorized, role)
        .optional_text(after)
        .integer(limit.and_one_more());
    let document = call.row().await?.text("document")?;
    parse(&document.ok_or_else(outcome::unknown_role)?)
}

/// The roles of a user after a given one, at most one more than the limit. A text that is not a valid `external_id`
/// belongs to no user.
pub async fn list_user_roles(
    authorized: &Authorized<'_>,
    user: &str,
    after: Option<&Slug>,
    limit: Limit,
) -> Result<Vec<UserRole>, Problem> {
    let call = sql::call("list_user_roles", authorized)
        .optional_text(vocabulary::external_id(user).ok())
        .optional_text(after)
        .integer(limit.and_one_more());
    parse(&call.row().await?.text("document")?.unwrap_or_default())
}

/// Assigns a role to a user, or changes when the assignment ends.
pub async fn put_role_member(
    authorized: &Authorized<'_>,
    role: &str,
    user: &str,
    content: RoleMemberContent,
    conditions: Option<Vec<String>>,
) -> Result<(Done, Versioned<RoleMember>), Problem> {
    let call = on_role("put_role_member", authorized, role)
        .text(user)
        .optional_text(content.valid_until)
        .optional_texts(conditions);
    let (done, document) = change(call, Untrue::Policy(user)).await?;
    Ok((done, parse(&document)?))
}

/// Removes the assignment of a role to a user, who need not exist.
pub async fn delete_role_member(
    authorized: &Authorized<'_>,
    role: &str,
    user: &str,
    conditions: Option<Vec<String>>,
) -> Result<(), Problem> {
    let call = on_role("delete_role_member", authorized, role)
        .optional_text(vocabulary::external_id(user).ok())
        .optional_texts(conditions);
    change(call, Untrue::Policy(user)).await.map(|_| ())
}
