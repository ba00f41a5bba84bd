//! Events on their way into the trail: one call of one function, an array a column.

use service::{
    problem::Problem,
    sql::{self, ParameterValue, optional_text},
    tenant::TenantPath,
};
use uuid::Uuid;

use super::call;
use crate::{
    batch::Batch,
    digest,
    event::{Entity, Event},
};

/// What the database says came of it.
pub struct Appended {
    /// Whose trail it was, once entered.
    pub organization: Option<Uuid>,
    /// Why nothing was done.
    pub refusal: Option<String>,
    /// What was done.
    pub outcome: String,
    /// More about the outcome, as JSON.
    pub answer: Option<String>,
}

/// Appends the events, all or none. `key` is the call's, with the hash of what it stands for.
pub async fn append(
    path: &TenantPath,
    subject: &str,
    batch: &Batch<'_>,
    key: Option<(String, Vec<u8>)>,
) -> Result<Appended, Problem> {
    let mut parameters = sql::tenant_parameters(path);
    parameters.push(ParameterValue::Str(subject.to_owned()));
    let names_another = !batch.of_others(subject).is_empty();
    parameters.push(ParameterValue::Boolean(names_another));
    let (key, hash) = key.unzip();
    parameters.push(optional_text(key));
    parameters.push(hash.map_or(ParameterValue::DbNull, ParameterValue::Binary));
    parameters.extend(columns(&batch.events)?);
    let statement = call("outcome, answer", "append_audit_events", parameters.len());
    let mut row = sql::one_row(&statement, parameters).await?;
    Ok(Appended {
        organization: row.text(0)?.and_then(|id| Uuid::try_parse(&id).ok()),
        refusal: row.text(1)?,
        outcome: row.text(2)?.unwrap_or_default(),
        answer: row.text(3)?,
    })
}

/// The columns in the function's order.
fn columns(events: &[Event<'_>]) -> Result<[ParameterValue; 14], Problem> {
    let column = |value: fn(&Event<'_>) -> Option<String>| {
        ParameterValue::ArrayStr(events.iter().map(value).collect())
    };
    Ok([
        column(|event| event.id.map(|id| id.to_string())),
        hashes(events)?,
        column(|event| event.occurred_at.clone()),
        column(|event| Some(event.action.to_string())),
        column(|event| Some(event.actor.kind.to_string())),
        column(|event| Some(event.actor.id.to_string())),
        column(|event| event.actor.name.as_ref().map(ToString::to_string)),
        targets(events)?,
        column(|event| Some(event.outcome.as_str().to_owned())),
        column(|event| event.context.ip.clone()),
        column(|event| event.context.user_agent.as_ref().map(ToString::to_string)),
        column(|event| event.context.request_id.as_ref().map(ToString::to_string)),
        column(|event| event.context.trace_id.as_ref().map(ToString::to_string)),
        column(|event| Some(event.metadata.get().to_owned())),
    ])
}

/// Only what can be repeated is hashed.
fn hashes(events: &[Event<'_>]) -> Result<ParameterValue, Problem> {
    let hash = |event: &Event<'_>| event.id.map(|_| digest::of_event(event)).transpose();
    let hashes = events.iter().map(hash).collect::<Result<_, _>>()?;
    Ok(ParameterValue::ArrayStr(hashes))
}

fn targets(events: &[Event<'_>]) -> Result<ParameterValue, Problem> {
    let json = |targets: &[Entity<'_>]| {
        serde_json::to_string(targets)
            .map(Some)
            .map_err(|fault| Problem::internal(fault.to_string()))
    };
    let targets = events.iter().map(|event| json(&event.targets));
    Ok(ParameterValue::ArrayStr(targets.collect::<Result<_, _>>()?))
}
