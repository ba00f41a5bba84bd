//! Roles in PostgreSQL, and invalidating in Redis what their changes make stale.

use access::policies::changes::{Untrue, tell};
use decisions::MOST_ROLES_IN_A_ROW;
use service::{
    http::{
        change::{Done, Versioned, parse},
        page::Limit,
    },
    problem::Problem,
    sql::{self, Call, Changed},
    tenant::Authorized,
};
use vocabulary::Slug;

use crate::{
    api::roles::{Role, RoleContent, RoleSummary},
    roles::outcome,
};

/// The roles after a slug, at most one more than the limit.
pub async fn list_roles(
    authorized: &Authorized<'_>,
    after: Option<&Slug>,
    limit: Limit,
) -> Result<Vec<RoleSummary>, Problem> {
    let call = sql::call("list_roles", authorized)
        .optional_text(after)
        .integer(limit.and_one_more());
    parse(&call.row().await?.text("document")?.unwrap_or_default())
}

/// A role, if it exists. A text that is not a slug names no role, here and below.
pub async fn get_role(authorized: &Authorized<'_>, role: &str) -> Result<Versioned<Role>, Problem> {
    let mut row = on_role("get_role", authorized, role).row().await?;
    let document = row.text("document")?;
    parse(&document.ok_or_else(outcome::unknown_role)?)
}

/// Creates a role or replaces its content.
pub async fn put_role(
    authorized: &Authorized<'_>,
    role: &Slug,
    content: &RoleContent,
    conditions: Option<Vec<String>>,
) -> Result<(Done, Versioned<Role>), Problem> {
    let call = sql::call("put_role", authorized)
        .text(role)
        .uuid(clock::new_identifier())
        .json(content)
        .integer(MOST_ROLES_IN_A_ROW)
        .optional_texts(conditions);
    let (done, document) = change(call, Untrue::Policies).await?;
    Ok((done, parse(&document)?))
}

/// Deletes a role.
pub async fn delete_role(
    authorized: &Authorized<'_>,
    role: &str,
    conditions: Option<Vec<String>>,
) -> Result<(), Problem> {
    let call = on_role("delete_role", authorized, role).optional_texts(conditions);
    change(call, Untrue::Policies).await.map(|_| ())
}

/// Begins a call that names a role.
pub(super) fn on_role(function: &'static str, authorized: &Authorized<'_>, role: &str) -> Call {
    sql::call(function, authorized).optional_text(Slug::try_from(role).ok())
}

/// Makes a change, which the database records in the audit trail. Returns the outcome, and the current content
/// as JSON.
pub(super) async fn change(call: Call, untrue: Untrue<'_>) -> Result<(Done, String), Problem> {
    let changed = Changed::of(&mut call.row().await?)?;
    let done = outcome::judge(&changed.outcome, changed.document.as_deref())?;
    tell(changed.to_tell()?, untrue).await?;
    Ok((done, changed.document.unwrap_or_default()))
}
