//! Users in PostgreSQL, and invalidating in Redis what their removal makes stale.

use access::policies::changes::tell_touched;
use inbox::log_warnings;
use service::{
    http::change::{Versioned, parse},
    problem::Problem,
    sql::{self, Call, Changed, Row},
    tenant::Authorized,
};

use crate::{
    api::users::User,
    users::{outcome, selection::Selection},
};

/// The selected users, at most one more than the limit.
pub async fn list_users(
    authorized: &Authorized<'_>,
    selection: Selection,
) -> Result<Vec<User>, Problem> {
    let call = sql::call("list_users", authorized)
        .optional_text(selection.query)
        .optional_text(selection.after)
        .integer(selection.limit.and_one_more());
    parse(&call.row().await?.text("document")?.unwrap_or_default())
}

/// A member. A text that is not a valid `external_id` belongs to no user, here and below.
pub async fn get_user(authorized: &Authorized<'_>, user: &str) -> Result<Versioned<User>, Problem> {
    let mut row = on_user("get_user", authorized, user).row().await?;
    let document = row.text("document")?;
    parse(&document.ok_or_else(outcome::unknown_user)?)
}

/// Removes a user from the organization.
pub async fn remove_user(
    authorized: &Authorized<'_>,
    user: &str,
    conditions: Option<Vec<String>>,
) -> Result<(), Problem> {
    let call = on_user("remove_user", authorized, user).optional_texts(conditions);
    tell(call.row().await?).await
}

/// Erases a user of the organization's identity provider everywhere. Organizations that are left without an
/// administrator are logged.
pub async fn erase_person(
    authorized: &Authorized<'_>,
    user: &str,
    conditions: Option<Vec<String>>,
) -> Result<(), Problem> {
    let call = on_user("erase_person", authorized, user).optional_texts(conditions);
    let mut row = call.row().await?;
    log_warnings(&mut row)?;
    tell(row).await
}

fn on_user(function: &'static str, authorized: &Authorized<'_>, user: &str) -> Call {
    sql::call(function, authorized).optional_text(vocabulary::external_id(user).ok())
}

/// Updates Redis after a change, which the database has recorded in the audit trail.
async fn tell(mut row: Row) -> Result<(), Problem> {
    let changed = Changed::of(&mut row)?;
    outcome::judge(&changed.outcome)?;
    let touched = row.text("touched")?;
    let touched =
        touched.ok_or_else(|| Problem::internal("a removal does not say what it changed"))?;
    tell_touched(changed.to_tell()?, &touched).await
}
