//! Events on their way out of the trail. The database records each of these reads in the same call.

use service::{
    page::Limit,
    problem::Problem,
    request::Head,
    sql::{self, ParameterValue, optional_text},
    tenant::{self, TenantPath},
};
use uuid::Uuid;

use super::call;
use crate::{
    cursor::Last,
    selection::{Action, Selection},
};

/// Who reads, for the record.
pub struct Reader<'a> {
    /// The way to the trail.
    pub path: &'a TenantPath,
    /// The `sub` of its token.
    pub subject: &'a str,
    /// The request.
    pub head: &'a Head,
}

/// The events that were asked for before a place in the list, the newest first, as a JSON array, and
/// after which place there may be more.
pub async fn find(
    reader: &Reader<'_>,
    selection: Selection,
    before: Option<Last>,
) -> Result<(String, Option<Last>), Problem> {
    let (action, start) = match selection.action {
        Some(Action::Is(action)) => (Some(action), None),
        Some(Action::StartsWith(start)) => (None, Some(start)),
        None => (None, None),
    };
    let (created_at, id) = before.map(|last| (last.created_at, last.id)).unzip();
    let more = vec![
        optional_text(selection.from),
        optional_text(selection.to),
        optional_text(selection.actor),
        optional_text(action),
        optional_text(start),
        optional_text(selection.target),
        optional_text(selection.outcome.map(|outcome| outcome.as_str())),
        optional_text(selection.request_id),
        optional_text(created_at),
        uuid(id),
        most(selection.limit),
    ];
    let (events, rest) = read(reader, "events, rest", "find_audit_events", more).await?;
    let events = events.ok_or_else(|| Problem::internal("find_audit_events gave nothing"))?;
    Ok((events, rest.as_deref().and_then(Last::read)))
}

/// The event of an id, as JSON. `None` as the id is one that no event has.
pub async fn get(reader: &Reader<'_>, id: Option<Uuid>) -> Result<Option<String>, Problem> {
    let columns = "event, NULL::text";
    let (event, _) = read(reader, columns, "get_audit_event", vec![uuid(id)]).await?;
    Ok(event)
}

async fn read(
    reader: &Reader<'_>,
    columns: &str,
    function: &str,
    more: Vec<ParameterValue>,
) -> Result<(Option<String>, Option<String>), Problem> {
    let mut parameters = sql::tenant_parameters(reader.path);
    parameters.push(ParameterValue::Str(reader.subject.to_owned()));
    parameters.push(ParameterValue::Str(reader.head.request_id().to_owned()));
    parameters.extend(more);
    let statement = call(columns, function, parameters.len());
    let mut row = sql::one_row(&statement, parameters).await?;
    if let Some(refusal) = row.text(1)? {
        return Err(tenant::refused(&refusal));
    }
    if let Some(organization) = row.text(0)?.and_then(|id| Uuid::try_parse(&id).ok()) {
        reader.head.concerns(organization);
    }
    Ok((row.text(2)?, row.text(3)?))
}

fn uuid(id: Option<Uuid>) -> ParameterValue {
    id.map_or(ParameterValue::DbNull, |id| {
        ParameterValue::Uuid(id.to_string())
    })
}

fn most(limit: Limit) -> ParameterValue {
    ParameterValue::Int32(i32::try_from(limit.count()).unwrap_or(i32::MAX))
}
