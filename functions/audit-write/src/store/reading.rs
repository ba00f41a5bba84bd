//! Reading events from the trail. The database records each read in the same call.

use serde::Serialize;
use service::{
    http::head::Head,
    problem::Problem,
    sql::{self, Call, ParameterValue, Row},
    tenant::Authorized,
};
use uuid::Uuid;

use crate::{
    api::{events::Outcome, reading::Order},
    cursor::Last,
    selection::{Action, Selection},
};

/// The filters of `shell.find_audit_events` and `shell.follow_audit_events`; an absent one filters nothing.
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

/// The selected events after a place in the trail, in the requested order, as a JSON array, and the place after which
/// there may be more.
pub async fn find(
    authorized: &Authorized<'_>,
    head: &Head,
    selection: Selection,
    last: Option<Last>,
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
    let position = last.as_ref().and_then(|last| last.position);
    let (created_at, id) = last.map(|last| (last.created_at, last.id)).unzip();
    let function = match selection.order {
        Order::Desc => "find_audit_events",
        Order::Asc => "follow_audit_events",
    };
    let call = sql::call(function, authorized).json(&filter);
    let call = match selection.order {
        Order::Desc => call,
        Order::Asc => {
            call.parameter(position.map_or(ParameterValue::DbNull, ParameterValue::Int64))
        }
    };
    let call = call
        .optional_text(created_at)
        .optional_uuid(id)
        .integer(selection.limit.count());
    let mut row = read(head, call).await?;
    let events = row
        .text("events")?
        .ok_or_else(|| Problem::internal(format!("{function} gave nothing")))?;
    Ok((events, row.text("rest")?.as_deref().and_then(Last::read)))
}

/// The event with an id, as JSON. The id is `None` if no event can have it.
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
