//! Reading events from the inbox.

use service::{problem::Problem, sql, tenant::Authorized};

use crate::listing::Selection;

/// A page of the inbox as a JSON array, and the event after which more follow, if they do.
pub async fn list(
    authorized: &Authorized<'_>,
    selection: &Selection,
) -> Result<(String, Option<String>), Problem> {
    let call = sql::call("list_webhook_events", authorized)
        .optional_text(selection.status)
        .optional_uuid(selection.before)
        .integer(selection.limit.count());
    let mut row = call.row().await?;
    let items = row.text("items")?;
    let items = items.ok_or_else(|| Problem::internal("list_webhook_events returned nothing"))?;
    Ok((items, row.text("rest")?))
}
