//! Events on their way into the trail: one call of one function.

use std::fmt::Write as _;

use clock::Timestamp;
use service::{
    problem::Problem,
    sql::{self, ParameterValue, optional_text},
    tenant::TenantPath,
};
use uuid::Uuid;

use super::call;
use crate::{batch::Batch, digest, event::Event, own_id::OwnId};

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

/// A call's `Idempotency-Key`, and the hash of what it stands for.
pub type Key = (String, Vec<u8>);

/// Appends the events, all or none.
pub async fn append(
    path: &TenantPath,
    subject: &str,
    batch: &Batch<'_>,
    key: Option<Key>,
) -> Result<Appended, Problem> {
    let names_another = !batch.of_others(subject).is_empty();
    let mut parameters = sql::tenant_parameters(path);
    parameters.extend([
        ParameterValue::Str(subject.to_owned()),
        ParameterValue::Boolean(names_another),
    ]);
    match (batch.events.as_slice(), &key) {
        ([event], None) if event.id.is_none() => append_one(parameters, event).await,
        (events, _) => append_all(parameters, events, key).await,
    }
}

/// What most calls are, by the function that costs least; answered as the other one answers.
async fn append_one(
    mut parameters: Vec<ParameterValue>,
    event: &Event<'_>,
) -> Result<Appended, Problem> {
    let own = OwnId::new(clock::random_bits());
    let target_ids = event
        .targets
        .iter()
        .map(|target| Ok(Some(target.id.to_string())));
    parameters.extend([
        ParameterValue::Str(own.random_digits()),
        array(target_ids)?,
        values(event)?,
    ]);
    let mut row = sql::one_row(ONE, parameters).await?;
    let [organization, refusal, recorded_at] = row.texts(0)?;
    Ok(Appended {
        organization: organization.and_then(|id| Uuid::try_parse(&id).ok()),
        refusal,
        outcome: "recorded".to_owned(),
        answer: moment(recorded_at).map(|recorded_at| answer(&[own], recorded_at)),
    })
}

/// By itself, not in FROM: V15 says why.
const ONE: &str = "SELECT shell.record_audit_event($1, $2, $3, $4, $5, $6, $7, $8)";

async fn append_all(
    mut parameters: Vec<ParameterValue>,
    events: &[Event<'_>],
    key: Option<Key>,
) -> Result<Appended, Problem> {
    let own = clock::many_random_bits(events.len()).into_iter();
    let own: Vec<_> = own.map(OwnId::new).collect();
    let (key, hash) = key.unzip();
    parameters.extend([
        optional_text(key),
        hash.map_or(ParameterValue::DbNull, ParameterValue::Binary),
        array(own.iter().map(|own| Ok(Some(own.random_digits()))))?,
    ]);
    parameters.extend(columns(events)?);
    let columns = "outcome, answer, recorded_at::text";
    let statement = call(columns, "record_audit_events", parameters.len());
    let mut row = sql::one_row(&statement, parameters).await?;
    let (organization, refusal) = (row.text(0)?, row.text(1)?);
    let (outcome, recorded) = (row.text(2)?, row.text(3)?);
    let recorded_at = moment(row.text(4)?);
    Ok(Appended {
        organization: organization.and_then(|id| Uuid::try_parse(&id).ok()),
        refusal,
        outcome: outcome.unwrap_or_default(),
        answer: recorded.or_else(|| Some(answer(&own, recorded_at?))),
    })
}

fn moment(microseconds: Option<String>) -> Option<Timestamp> {
    let microseconds = microseconds?.parse().ok()?;
    Some(Timestamp::from_unix_microseconds(microseconds))
}

/// What is said of events that have ids of the Shell's own, a microsecond apart.
fn answer(own: &[OwnId], first: Timestamp) -> String {
    let mut answer = String::with_capacity(own.len() * 90 + 2);
    answer.push('[');
    for (own, later) in own.iter().zip(0..) {
        if later > 0 {
            answer.push(',');
        }
        let at = first.later_by_microseconds(later);
        // Writing to a text cannot fail.
        let _ = write!(answer, r#"{{"id":"{}","created_at":"{at}"}}"#, own.at(at));
    }
    answer.push(']');
    answer
}

type Value = fn(&Event<'_>) -> Result<Option<String>, Problem>;

/// What both functions take of an event, in their order.
const VALUES: [Value; 12] = [
    |event| Ok(event.occurred_at.clone()),
    |event| Ok(Some(event.action.to_string())),
    |event| Ok(Some(event.actor.kind.to_string())),
    |event| Ok(Some(event.actor.id.to_string())),
    |event| Ok(event.actor.name.as_ref().map(ToString::to_string)),
    targets,
    |event| Ok(Some(event.outcome.as_str().to_owned())),
    |event| Ok(event.context.ip.clone()),
    |event| Ok(event.context.user_agent.as_ref().map(ToString::to_string)),
    |event| Ok(event.context.request_id.as_ref().map(ToString::to_string)),
    |event| Ok(event.context.trace_id.as_ref().map(ToString::to_string)),
    |event| Ok(Some(event.metadata.get().to_owned())),
];

/// An event's values, as one array.
fn values(event: &Event<'_>) -> Result<ParameterValue, Problem> {
    array(VALUES.iter().map(|value| value(event)))
}

/// The events' ids, the hashes of those that have one, and their values, as an array each.
fn columns(events: &[Event<'_>]) -> Result<Vec<ParameterValue>, Problem> {
    let own: [Value; 2] = [|event| Ok(event.id.map(|id| id.to_string())), hash];
    let all = own.iter().chain(&VALUES);
    all.map(|value| array(events.iter().map(value))).collect()
}

fn array(
    values: impl Iterator<Item = Result<Option<String>, Problem>>,
) -> Result<ParameterValue, Problem> {
    values
        .collect::<Result<_, _>>()
        .map(ParameterValue::ArrayStr)
}

/// Only what can be repeated is hashed.
fn hash(event: &Event<'_>) -> Result<Option<String>, Problem> {
    event.id.map(|_| digest::of_event(event)).transpose()
}

fn targets(event: &Event<'_>) -> Result<Option<String>, Problem> {
    serde_json::to_string(&event.targets)
        .map(Some)
        .map_err(|fault| Problem::internal(fault.to_string()))
}
