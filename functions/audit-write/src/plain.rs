//! The fast path for events in the usual form, which are read in one pass. [`crate::event`] reads all others, and
//! reports their errors.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::value::RawValue;
use vocabulary::Invalid;

use crate::{
    event::{self, Context, Entity, Event},
    metadata, words,
};

/// The white space of JSON (RFC 8259, section 2).
const WHITESPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// Reads the events of an array; `caller` is the actor of events that name none. `None` if anything is unusual,
/// whether or not it is an error.
pub fn events<'a>(body: &'a str, caller: &Entity<'a>) -> Option<Vec<Event<'a>>> {
    let mut events = Vec::new();
    let mut rest = body.trim_start_matches(WHITESPACE).strip_prefix('[')?;
    loop {
        let (event, after) = first(rest, caller)?;
        events.push(event);
        let after = after.trim_matches(WHITESPACE);
        match after.strip_prefix(',') {
            Some(others) => rest = others,
            None => return (after == "]").then_some(events),
        }
    }
}

/// Reads a body that is a single event, as [`events`] does for an array.
pub fn event<'a>(body: &'a str, caller: &Entity<'a>) -> Option<Event<'a>> {
    let (event, after) = first(body, caller)?;
    after.trim_matches(WHITESPACE).is_empty().then_some(event)
}

/// The first event of a text, and the rest of the text.
fn first<'a>(text: &'a str, caller: &Entity<'a>) -> Option<(Event<'a>, &'a str)> {
    let mut sent = serde_json::Deserializer::from_str(text).into_iter();
    let Object::<SentEvent<'a>>(event) = sent.next()?.ok()?;
    let (taken, after) = text.split_at_checked(sent.byte_offset())?;
    let fits = taken.len() <= event::LARGEST;
    Some((check(event, caller).filter(|_| fits)?, after))
}

fn check<'a>(sent: SentEvent<'a>, caller: &Entity<'a>) -> Option<Event<'a>> {
    let targets = sent.targets.unwrap_or_default();
    if targets.len() > event::MOST_TARGETS {
        return None;
    }
    let metadata = match sent.metadata {
        Some(sent) => metadata::is_plain(sent).then_some(sent)?,
        None => event::no_metadata()?,
    };
    Some(Event {
        id: optional(sent.id, words::uuid)?,
        occurred_at: optional(sent.occurred_at, words::moment)?,
        action: required(sent.action, words::action)?,
        actor: match sent.actor {
            Some(Object(sent)) => entity(sent)?,
            None => caller.clone(),
        },
        targets: targets
            .into_iter()
            .map(|Object(sent)| entity(sent))
            .collect::<Option<_>>()?,
        outcome: required(sent.outcome, words::outcome)?,
        context: match sent.context {
            Some(Object(sent)) => context(sent)?,
            None => Context::default(),
        },
        metadata,
    })
}

fn entity(sent: SentEntity<'_>) -> Option<Entity<'_>> {
    Some(Entity {
        kind: required(sent.kind, words::kind)?,
        id: required(sent.id, words::id)?,
        name: optional(sent.name, words::name)?,
    })
}

fn context(sent: SentContext<'_>) -> Option<Context<'_>> {
    Some(Context {
        ip: optional(sent.ip, words::ip)?,
        user_agent: optional(sent.user_agent, words::user_agent)?,
        request_id: optional(sent.request_id, words::request_id)?,
        trace_id: optional(sent.trace_id, words::trace_id)?,
    })
}

fn required<'a, T>(
    sent: Option<Text<'a>>,
    word: impl Fn(Cow<'a, str>) -> Result<T, Invalid>,
) -> Option<T> {
    word(sent?.0).ok()
}

fn optional<'a, T>(
    sent: Option<Text<'a>>,
    word: impl Fn(Cow<'a, str>) -> Result<T, Invalid>,
) -> Option<Option<T>> {
    sent.map(|Text(text)| word(text)).transpose().ok()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SentEvent<'a> {
    #[serde(borrow)]
    id: Option<Text<'a>>,
    occurred_at: Option<Text<'a>>,
    action: Option<Text<'a>>,
    actor: Option<Object<SentEntity<'a>>>,
    targets: Option<Vec<Object<SentEntity<'a>>>>,
    outcome: Option<Text<'a>>,
    context: Option<Object<SentContext<'a>>>,
    metadata: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SentEntity<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
    id: Option<Text<'a>>,
    name: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SentContext<'a> {
    #[serde(borrow)]
    ip: Option<Text<'a>>,
    user_agent: Option<Text<'a>>,
    request_id: Option<Text<'a>>,
    trace_id: Option<Text<'a>>,
}

/// Serde borrows a `Cow` only if it is the field itself, not inside an `Option`.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Serde's derived code also accepts an array of the fields' values. This accepts only an object.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::json::{Faults, Place};

    const CALLER: Entity<'static> = Entity {
        kind: Cow::Borrowed("user"),
        id: Cow::Borrowed("alice"),
        name: None,
    };

    fn written(event: &Event<'_>) -> String {
        serde_json::to_string(event).unwrap()
    }

    fn plainly(body: &str) -> Option<String> {
        event(body, &CALLER).as_ref().map(written)
    }

    fn by_field(body: &str) -> Option<String> {
        let raw = serde_json::from_str(body).unwrap();
        let (mut ids, mut faults) = (HashSet::new(), Faults::default());
        let read = event::event(raw, &CALLER, &mut ids, &Place::Whole, &mut faults);
        faults.none_in(read).ok().as_ref().map(written)
    }

    #[test]
    fn most_events_are_read_as_the_others_are() {
        for more in [
            "",
            r#", "id": null, "occurred_at": null, "actor": null, "targets": null, "context": null, "metadata": null"#,
            r#", "id": "01970000-0000-7000-8000-00000000000A", "occurred_at": "2026-01-31T12:00:00.5+02:00""#,
            r#", "actor": {"type": "user", "id": "b\u00f6b\ud83d\ude00 ö", "name": "Bob"}, "targets": []"#,
            r#", "targets": [{"type": "file", "id": "7"}, {"id": "8", "type": "file", "name": null}]"#,
            r#", "context": {"ip": "2001:DB8::1", "user_agent": "curl\/8", "request_id": "r 1"}"#,
            r#", "context": {"ip": "192.0.2.1", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"}"#,
            r#", "metadata": {"a": "at f (a.js:1)\n\tat g\r\n", "b": "\"\\\/", "c": {"a": {}}}"#,
            r#", "context": {}, "metadata": {"a": [1.50, 1e999, -0, 123456789012345678901234567890, true, null, "é"]}"#,
        ] {
            let body = format!(r#"{{"action": "file.read", "outcome": "success"{more}}}"#);
            let read = plainly(&body);
            assert!(read.is_some(), "{body}");
            assert_eq!(read, by_field(&body));
        }
    }

    #[test]
    fn an_array_is_read_as_its_events_are() {
        const ONE: &str = r#"{"action": "a", "outcome": "success"}"#;
        let another = ONE.replace("success", "denied");
        let body = format!(" [ {ONE} ,{another}\t,\n{ONE}\r] ");
        let read = events(&body, &CALLER).unwrap();
        let read: Vec<_> = read.iter().map(written).collect();
        let each = [ONE, &another, ONE].map(|event| by_field(event).unwrap());
        assert_eq!(read, each);
        for no_array in [
            ONE.to_owned(),
            "[]".to_owned(),
            format!("[{ONE}"),
            format!("[{ONE},]"),
            format!("[,{ONE}]"),
            format!("[{ONE} {ONE}]"),
            format!("[{ONE}]]"),
            format!("[{ONE}]{ONE}"),
            format!("[[{ONE}]]"),
            format!("[{ONE},1]"),
            format!("\u{a0}[{ONE}]"),
            format!("[{ONE}\u{c}]"),
        ] {
            assert!(events(&no_array, &CALLER).is_none(), "{no_array}");
        }
    }

    #[test]
    fn what_is_unusual_is_left_to_the_others() {
        for more in [
            r#", "metadata": {"a\n": 1, "b": 2}"#,
            r#", "metadata": {"a": "\u00e9"}"#,
            "\n, \"metadata\": {\n}",
        ] {
            let body = format!(r#"{{"action": "a", "outcome": "success"{more}}}"#);
            assert_eq!(plainly(&body), None, "{body}");
        }
    }

    #[test]
    fn no_fault_is_let_through() {
        let target = r#"{"type":"file","id":"7"}"#;
        let targets = format!(
            r#","targets":[{}{target}]"#,
            format!("{target},").repeat(50)
        );
        let deep = format!(r#","metadata":{{"a":{}{}}}"#, "[".repeat(8), "]".repeat(8));
        let large = format!(r#","metadata":{{"a":"{}"}}"#, "x".repeat(16 * 1024));
        let larger = format!(r#"{},"id":null"#, " ".repeat(event::LARGEST));
        for more in [
            &targets,
            &deep,
            &large,
            &larger,
            r#", "outcome": "success""#,
            r#", "else": null"#,
            r#", "\ud800": 1"#,
            r#", "actor": {"type": "user", "id": "bob", "x": 1}"#,
            r#", "actor": {"type": "user", "id": "bob", "\u0069d": "bob"}"#,
            r#", "targets": [{"type": "file", "id": "7", "name": "a", "name": "a"}]"#,
            r#", "context": {"referer": "https://a.example"}"#,
            r#", "metadata": {"a": 1, "b": 2, "a": 3}"#,
            r#", "metadata": {"a": 1, "\u0061": 3}"#,
            r#", "metadata": {"b": [1, {"a": 1, "a": 1}]}"#,
            r#", "metadata": {"a": "\b"}"#,
            r#", "id": "1""#,
            r#", "occurred_at": "2026-06-30T23:59:60Z""#,
            r#", "actor": ["user", "bob", "Bob"]"#,
            r#", "actor": {}"#,
            r#", "actor": {"type": "user", "id": "\u001f"}"#,
            r#", "targets": [["file", "7", null]]"#,
            r#", "targets": {}"#,
            r#", "context": ["192.0.2.1", "a", "b", "c"]"#,
            r#", "context": {"ip": "01.2.3.4"}"#,
            r#", "metadata": []"#,
            r#", "metadata": {"a": "\u0007"}"#,
            ", \"metadata\": {\"a\": \"\u{85}\"}",
        ] {
            let body = format!(r#"{{"action": "a", "outcome": "success"{more}}}"#);
            assert_eq!(plainly(&body), None, "{body}");
            assert_eq!(by_field(&body), None, "{body}");
        }
        for whole in [
            "{}",
            "1",
            r#"["a", "success"]"#,
            r#"[null, null, "a", null, null, "success", null, null]"#,
            r#"{"action": "a b", "outcome": "success"}"#,
            r#"{"action": 1, "outcome": "success"}"#,
            r#"{"action": "a", "outcome": "good"}"#,
            r#"{"action": "a", "outcome": {"success": null}}"#,
        ] {
            assert_eq!(plainly(whole), None, "{whole}");
            assert_eq!(by_field(whole), None, "{whole}");
        }
    }
}
