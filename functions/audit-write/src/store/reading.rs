//! Events on their way out of the trail. The database records each of these reads in the same call.

use serde::Serialize;
use service::{
    http::head::Head,
    problem::Problem,
    sql::{self, Call, Row},
    tenant::Authorized,
};
use uuid::Uuid;

use crate::{
    api::events::Outcome,
    cursor::Last,
    selection::{Action, Selection},
};

/// What `shell.find_audit_events` filters by; what is absent filters nothing.
#[derive(Default, Serialize)]
struct Filter {
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action_prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

/// The events that were asked for before a place in the list, the newest first, as a JSON array, and
/// after which place there may be more.
pub async fn find(
    authorized: &Authorized<'_>,
    head: &Head,
    selection: Selection,
    before: Option<Last>,
) -> Result<(String, Option<Last>), Problem> {
    let (action, action_prefix) = match selection.action {
        Some(Action::Is(action)) => (Some(action), None),
        Some(Action::StartsWith(start)) => (None, Some(start)),
        None => (None, None),
    };
    let filter = Filter {
        from: selection.from,
        to: selection.to,
        actor: selection.actor,
        action,
        action_prefix,
        target: selection.target,
        outcome: selection.outcome,
        request_id: selection.request_id,
    };
    let (created_at, id) = before.map(|last| (last.created_at, last.id)).unzip();
    let call = sql::call("find_audit_events", authorized)
        .json(&filter)
        .optional_text(created_at)
        .optional_uuid(id)
        .integer(selection.limit.count());
    let mut row = read(head, call).await?;
    let events = row
        .text("events")?
        .ok_or_else(|| Problem::internal("find_audit_events gave nothing"))?;
    Ok((events, row.text("rest")?.as_deref().and_then(Last::read)))
}

/// The event of an id, as JSON. `None` as the id is one that no event has.
pub async fn get(
    authorized: &Authorized<'_>,
    head: &Head,
    id: Option<Uuid>,
) -> Result<Option<String>, Problem> {
    let call = sql::call("get_audit_event", authorized).optional_uuid(id);
    Ok(read(head, call).await?.text("event")?)
}

async fn read(head: &Head, call: Call) -> Result<Row, Problem> {
    let mut row = call.row().await?;
    if let Some(organization) = row.uuid("organization_id")? {
        head.concerns(organization);
    }
    Ok(row)
}
