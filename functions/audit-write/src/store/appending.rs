//! Writing events to the trail: one call of one database function.

use std::borrow::Cow;

use clock::Timestamp;
use service::{
    problem::Problem,
    sql::{self, ParameterValue},
    tenant::Authorized,
};
use uuid::Uuid;

use crate::{appending::recorded, batch::Batch, digest, event::Event, own_id::OwnId};

/// The database's answer.
pub struct Appended {
    /// The organization whose trail it is, once it was entered.
    pub organization: Option<Uuid>,
    /// Why nothing was done.
    pub refusal: Option<String>,
    /// The outcome.
    pub outcome: String,
    /// More about the outcome, as JSON.
    pub answer: Option<String>,
}

/// A call's `Idempotency-Key`, and the hash of the call's content.
pub type Key = (String, Vec<u8>);

/// Appends the events, all or none.
pub async fn append(
    authorized: &Authorized<'_>,
    batch: &Batch<'_>,
    key: Option<Key>,
) -> Result<Appended, Problem> {
    match (batch.events.as_slice(), &key) {
        ([event], None) if event.id.is_none() => append_one(authorized, event).await,
        (events, _) => append_all(authorized, events, key).await,
    }
}

/// The usual call, with the cheapest function; the answer has the form of the other one.
async fn append_one(authorized: &Authorized<'_>, event: &Event<'_>) -> Result<Appended, Problem> {
    let own = OwnId::new(clock::random_bits());
    let target_ids = event.targets.iter().map(|target| text(&target.id));
    let call = sql::call("record_audit_event", authorized)
        .text(own.random_digits())
        .parameter(array(target_ids)?)
        .parameter(array(VALUES.iter().map(|value| value(event)))?);
    let mut row = call.value().await?;
    let [organization, refusal, recorded_at] = row.texts("record_audit_event")?;
    let recorded_at = recorded_at.and_then(|microseconds| microseconds.parse().ok());
    Ok(Appended {
        organization: organization.and_then(|id| Uuid::try_parse(&id).ok()),
        refusal,
        outcome: "recorded".to_owned(),
        answer: moment(recorded_at).map(|recorded_at| recorded(&[own], recorded_at)),
    })
}

async fn append_all(
    authorized: &Authorized<'_>,
    events: &[Event<'_>],
    key: Option<Key>,
) -> Result<Appended, Problem> {
    let own = clock::many_random_bits(events.len()).into_iter();
    let own: Vec<_> = own.map(OwnId::new).collect();
    let (key, hash) = key.unzip();
    let randoms = own.iter().map(|own| Ok(Some(own.random_digits().into())));
    let mut call = sql::call("record_audit_batch", authorized)
        .optional_text(key)
        .parameter(hash.map_or(ParameterValue::DbNull, ParameterValue::Binary))
        .text(column(randoms)?);
    for value in OF_SEVERAL.iter().chain(&VALUES) {
        call = call.text(column(events.iter().map(value))?);
    }
    let mut row = call.row_or_refusal().await?;
    let recorded_at = moment(row.bigint("recorded_at")?);
    Ok(Appended {
        organization: row.uuid("organization_id")?,
        refusal: row.text("refusal")?,
        outcome: row.text("outcome")?.unwrap_or_default(),
        answer: row
            .text("answer")?
            .or_else(|| Some(recorded(&own, recorded_at?))),
    })
}

fn moment(microseconds: Option<i64>) -> Option<Timestamp> {
    let microseconds = u64::try_from(microseconds?).ok()?;
    Some(Timestamp::from_unix_microseconds(microseconds))
}

/// One value of an event, as PostgreSQL reads it.
type Value<'e> = Result<Option<Cow<'e, str>>, Problem>;

/// The values that both functions get of an event, in their order.
const VALUES: [for<'e> fn(&'e Event<'_>) -> Value<'e>; 12] = [
    |event| optional(&event.occurred_at),
    |event| text(&event.action),
    |event| text(&event.actor.kind),
    |event| text(&event.actor.id),
    |event| optional(&event.actor.name),
    targets,
    |event| text(event.outcome.into()),
    |event| optional(&event.context.ip),
    |event| optional(&event.context.user_agent),
    |event| optional(&event.context.request_id),
    |event| optional(&event.context.trace_id),
    |event| text(event.metadata.get()),
];

/// The values that the function for several events gets before those: the targets' ids, the event's id, and the hash
/// of an event that can be retried.
const OF_SEVERAL: [for<'e> fn(&'e Event<'_>) -> Value<'e>; 3] = [
    target_ids,
    |event| Ok(event.id.map(|id| id.to_string().into())),
    |event| {
        let hash = event.id.map(|_| digest::of_event(event)).transpose();
        Ok(hash?.map(Cow::Owned))
    },
];

fn text(value: &str) -> Value<'_> {
    Ok(Some(Cow::Borrowed(value)))
}

fn optional<T: AsRef<str>>(value: &Option<T>) -> Value<'_> {
    Ok(value.as_ref().map(|value| Cow::Borrowed(value.as_ref())))
}

fn targets<'e>(event: &'e Event<'_>) -> Value<'e> {
    if event.targets.is_empty() {
        return text("[]");
    }
    serde_json::to_string(&event.targets)
        .map(|targets| Some(Cow::Owned(targets)))
        .map_err(|fault| Problem::internal(fault.to_string()))
}

fn target_ids<'e>(event: &'e Event<'_>) -> Value<'e> {
    Ok(match event.targets.as_slice() {
        [] => None,
        [target] => Some(Cow::Borrowed(&target.id)),
        several => {
            let ids: Vec<&str> = several.iter().map(|target| &*target.id).collect();
            Some(ids.join(GROUP_SEPARATOR).into())
        }
    })
}

/// The values of an event, as one array.
fn array<'e>(values: impl Iterator<Item = Value<'e>>) -> Result<ParameterValue, Problem> {
    values
        .map(|value| Ok(value?.map(Cow::into_owned)))
        .collect::<Result<_, _>>()
        .map(ParameterValue::ArrayStr)
}

/// One value of each event, as one text: [`crate::words`] allows no control characters, so no text contains the
/// separator, and no empty texts.
fn column<'e>(values: impl Iterator<Item = Value<'e>>) -> Result<String, Problem> {
    let mut column = String::new();
    for (position, value) in values.enumerate() {
        if position > 0 {
            column.push_str(UNIT_SEPARATOR);
        }
        column.push_str(&value?.unwrap_or_default());
    }
    Ok(column)
}

const UNIT_SEPARATOR: &str = "\u{1f}";
const GROUP_SEPARATOR: &str = "\u{1d}";
