//! One event of a request, validated.

use std::{borrow::Cow, collections::HashSet};

use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;
use vocabulary::Invalid;

use crate::{
    api::events::Outcome,
    json::{self, Faults, Fields, Place},
    metadata, words,
};

/// The maximum number of targets of one event.
pub const MOST_TARGETS: usize = 50;

/// The maximum size of an event, in bytes as sent: a page has up to a thousand events.
pub const LARGEST: usize = 64 * 1024;

/// An event's fields. Others are refused: data in a misspelled field would be lost for good.
const FIELDS: [&str; 8] = [
    "id",
    "occurred_at",
    "action",
    "actor",
    "targets",
    "outcome",
    "context",
    "metadata",
];

/// An event in its canonical form, by which retries are recognized. Hashes of it are stored for weeks: a new field
/// must be omitted if it is absent.
#[derive(Debug, Serialize)]
pub struct Event<'a> {
    /// The sender's id of the event, which makes a retry possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// In UTC; absent: the time of recording.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<String>,
    /// The action.
    pub action: Cow<'a, str>,
    /// The actor.
    pub actor: Entity<'a>,
    /// The targets of the action.
    pub targets: Vec<Entity<'a>>,
    /// The outcome of the action.
    pub outcome: Outcome,
    /// The request in which it happened.
    pub context: Context<'a>,
    /// Unchanged.
    pub metadata: &'a RawValue,
}

/// An actor or a target.
#[derive(Clone, Debug, Serialize)]
pub struct Entity<'a> {
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: Cow<'a, str>,
    /// Its id within the kind.
    pub id: Cow<'a, str>,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Cow<'a, str>>,
}

/// The known data of the request in which an event happened.
#[derive(Debug, Default, Serialize)]
pub struct Context<'a> {
    /// The address from which it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<Cow<'a, str>>,
    /// The client that sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<Cow<'a, str>>,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<Cow<'a, str>>,
    /// Its trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<Cow<'a, str>>,
}

/// Reads any event, field by field; `caller` is its actor if it names none, `ids` are those of the events before it.
/// If anything is missing from the result, it is among the errors.
pub fn event<'a>(
    raw: &'a RawValue,
    caller: &Entity<'a>,
    ids: &mut HashSet<Uuid>,
    place: &Place<'_>,
    faults: &mut Faults,
) -> Option<Event<'a>> {
    if raw.get().len() > LARGEST {
        faults.add(place, &Invalid("an event of at most 64 KiB"));
        return None;
    }
    let fields = Fields::new(raw, place, faults)?;
    fields.only(faults, &FIELDS);
    let id = fields.optional(faults, "id", |raw| {
        let id = text(words::uuid)(raw)?;
        ids.insert(id).then_some(id).ok_or(Invalid("each id once"))
    });
    let occurred_at = fields.optional(faults, "occurred_at", text(words::moment));
    let action = fields.required(faults, "action", text(words::action));
    let actor = match fields.get("actor") {
        None => Some(caller.clone()),
        Some(actor) => entity(actor, &fields.place("actor"), faults),
    };
    let targets = match fields.get("targets") {
        None => Some(Vec::new()),
        Some(targets) => entities(targets, &fields.place("targets"), faults),
    };
    let outcome = fields.required(faults, "outcome", text(words::outcome));
    let context = match fields.get("context") {
        None => Some(Context::default()),
        Some(sent) => context(sent, &fields.place("context"), faults),
    };
    let metadata = fields.get("metadata");
    if let Some(sent) = metadata {
        metadata::check(sent, &fields.place("metadata"), faults);
    }
    Some(Event {
        id,
        occurred_at,
        action: action?,
        actor: actor?,
        targets: targets?,
        outcome: outcome?,
        context: context?,
        metadata: metadata.or_else(no_metadata)?,
    })
}

/// The value if no metadata was sent.
pub fn no_metadata<'a>() -> Option<&'a RawValue> {
    serde_json::from_str("{}").ok()
}

fn entities<'a>(
    raw: &'a RawValue,
    place: &Place<'_>,
    faults: &mut Faults,
) -> Option<Vec<Entity<'a>>> {
    let items = json::items(raw)
        .filter(|items| items.len() <= MOST_TARGETS)
        .ok_or(Invalid("an array of at most 50 targets"));
    let items = faults.judge(place, items)?.into_iter().enumerate();
    let read = |(position, item)| entity(item, &Place::Item(place, position), faults);
    // After an error in one, the others are read as well.
    let read: Vec<_> = items.map(read).collect();
    read.into_iter().collect()
}

fn entity<'a>(raw: &'a RawValue, place: &Place<'_>, faults: &mut Faults) -> Option<Entity<'a>> {
    let fields = Fields::new(raw, place, faults)?;
    fields.only(faults, &["type", "id", "name"]);
    let kind = fields.required(faults, "type", text(words::kind));
    let id = fields.required(faults, "id", text(words::id));
    let name = fields.optional(faults, "name", text(words::name));
    Some(Entity {
        kind: kind?,
        id: id?,
        name,
    })
}

fn context<'a>(raw: &'a RawValue, place: &Place<'_>, faults: &mut Faults) -> Option<Context<'a>> {
    let fields = Fields::new(raw, place, faults)?;
    fields.only(faults, &["ip", "user_agent", "request_id", "trace_id"]);
    Some(Context {
        ip: fields.optional(faults, "ip", text(words::ip)),
        user_agent: fields.optional(faults, "user_agent", text(words::user_agent)),
        request_id: fields.optional(faults, "request_id", text(words::request_id)),
        trace_id: fields.optional(faults, "trace_id", text(words::trace_id)),
    })
}

/// Reads a text with the check of a word.
fn text<'a, T>(
    word: impl Fn(Cow<'a, str>) -> Result<T, Invalid>,
) -> impl FnOnce(&'a RawValue) -> Result<T, Invalid> {
    move |raw| {
        if raw.get().starts_with('"') {
            word(json::text(raw.get())?)
        } else {
            // The error that a check returns for an empty text says what is expected.
            word(Cow::Borrowed("")).and(Err(Invalid("a text")))
        }
    }
}
