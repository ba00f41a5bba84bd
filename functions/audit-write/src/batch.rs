//! The events of one call.

use std::{borrow::Cow, collections::HashSet};

use serde_json::value::RawValue;
use service::problem::Problem;
use vocabulary::Invalid;

use crate::{
    event::{Entity, Event, event},
    json::{Faults, Place},
    plain,
};

/// The maximum number of events in one call.
const MOST: usize = 1_000;

/// The events that were sent, in their order.
#[derive(Debug)]
pub struct Batch<'a> {
    /// The events.
    pub events: Vec<Event<'a>>,
    /// Whether they were sent as an array, which is also the form of the answer.
    pub is_array: bool,
}

impl<'a> Batch<'a> {
    /// Reads a body. The caller, by the `sub` of its token, is the actor of events that name no actor.
    pub fn read(body: &'a str, caller: &'a str) -> Result<Self, Problem> {
        let caller = Entity {
            kind: Cow::Borrowed("user"),
            id: Cow::Borrowed(caller),
            name: None,
        };
        let is_array = body.trim_ascii_start().starts_with('[');
        let plain = plain(body, is_array, &caller);
        if let Some(events) = plain {
            return Ok(Self { events, is_array });
        }
        let mut faults = Faults::default();
        let events = if is_array {
            let sent: Vec<&RawValue> = parse(body)?;
            several(&sent, &caller, &mut faults)
        } else {
            let sent = parse(body)?;
            let ids = &mut HashSet::new();
            event(sent, &caller, ids, &Place::Whole, &mut faults).map(|event| vec![event])
        };
        let events = faults.none_in(events)?;
        Ok(Self { events, is_array })
    }

    /// The place of an event in the body.
    pub fn place(&self, position: usize) -> Place<'static> {
        place(self.is_array, position)
    }

    /// The events that name another actor than the caller.
    pub fn of_others(&self, caller: Option<&str>) -> Vec<usize> {
        let is_another = |actor: &Entity<'_>| actor.kind != "user" || Some(&*actor.id) != caller;
        let numbered = self.events.iter().enumerate();
        numbered
            .filter(|(_, event)| is_another(&event.actor))
            .map(|(position, _)| position)
            .collect()
    }
}

/// Nearly all bodies are read by this function.
fn plain<'a>(body: &'a str, is_array: bool, caller: &Entity<'a>) -> Option<Vec<Event<'a>>> {
    if !is_array {
        return plain::event(body, caller).map(|event| vec![event]);
    }
    let events = plain::events(body, caller)?;
    let mut ids = HashSet::new();
    let once = events
        .iter()
        .filter_map(|event| event.id)
        .all(|id| ids.insert(id));
    (once && events.len() <= MOST).then_some(events)
}

fn place(is_array: bool, position: usize) -> Place<'static> {
    const WHOLE: &Place<'static> = &Place::Whole;
    if is_array {
        Place::Item(WHOLE, position)
    } else {
        Place::Whole
    }
}

fn parse<'a, T: serde::Deserialize<'a>>(body: &'a str) -> Result<T, Problem> {
    serde_json::from_str(body).map_err(|fault| Problem::invalid_json(fault.to_string()))
}

fn several<'a>(
    sent: &[&'a RawValue],
    caller: &Entity<'a>,
    faults: &mut Faults,
) -> Option<Vec<Event<'a>>> {
    if !(1..=MOST).contains(&sent.len()) {
        faults.add(&Place::Whole, &Invalid("1 to 1,000 events"));
        return None;
    }
    let mut events = Vec::with_capacity(sent.len());
    let mut ids = HashSet::new();
    for (position, raw) in sent.iter().enumerate() {
        let place = place(true, position);
        events.extend(event(raw, caller, &mut ids, &place, faults));
    }
    Some(events)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn event() -> Value {
        json!({"action": "file.read", "outcome": "success"})
    }

    fn with(field: &str, value: Value) -> Value {
        let mut event = event();
        event[field] = value;
        event
    }

    fn pointers(body: &str) -> Vec<String> {
        let document = serde_json::to_value(Batch::read(body, "alice").unwrap_err()).unwrap();
        assert_eq!(document["status"], 422, "{document}");
        let errors = document["errors"].as_array().unwrap();
        let pointer = |error: &Value| error["pointer"].as_str().unwrap().to_owned();
        errors.iter().map(pointer).collect()
    }

    #[test]
    fn what_is_absent_is_filled_in() {
        let body = event().to_string();
        let batch = Batch::read(&body, "alice").unwrap();
        assert!(!batch.is_array);
        let expected = json!({
            "action": "file.read", "actor": {"type": "user", "id": "alice"}, "targets": [],
            "outcome": "success", "context": {}, "metadata": {},
        });
        let read = serde_json::to_value(&batch.events[0]).unwrap();
        assert_eq!(read, expected);
        let nulls = json!({
            "action": "file.read", "outcome": "success", "id": null, "occurred_at": null,
            "actor": null, "targets": null, "context": null, "metadata": null,
        })
        .to_string();
        let batch = Batch::read(&nulls, "alice").unwrap();
        assert_eq!(serde_json::to_value(&batch.events[0]).unwrap(), expected);
    }

    #[test]
    fn all_faults_of_all_events_at_once() {
        let bad = json!({
            "id": "1", "occurred_at": "today", "actor": {"type": "", "name": ""},
            "targets": [1, {"type": "file", "id": "7"}, {"type": "file"}], "outcome": "good",
            "context": {"ip": "1", "user_agent": "", "request_id": "", "trace_id": ""},
            "metadata": {"a/b": "\u{7}"},
        });
        let fields = [
            "/id",
            "/occurred_at",
            "/action",
            "/actor/type",
            "/actor/id",
            "/actor/name",
            "/targets/0",
            "/targets/2/id",
            "/outcome",
            "/context/ip",
            "/context/user_agent",
            "/context/request_id",
            "/context/trace_id",
            "/metadata/a~1b",
        ];
        assert_eq!(pointers(&bad.to_string()), fields);
        let several = json!([bad, event(), "no event", with("metadata", json!([]))]);
        let mut expected = fields.map(|field| format!("/0{field}")).to_vec();
        expected.extend(["/2".to_owned(), "/3/metadata".to_owned()]);
        assert_eq!(pointers(&several.to_string()), expected);
    }

    #[test]
    fn one_to_a_thousand() {
        let several = |count| Value::Array(vec![event(); count]).to_string();
        assert_eq!(pointers(&several(0)), [""]);
        assert_eq!(pointers(&several(1_001)), [""]);
        assert_eq!(
            Batch::read(&several(1_000), "a").unwrap().events.len(),
            1_000
        );
        let targets = json!(vec![json!({"type": "file", "id": "7"}); 51]);
        assert_eq!(
            pointers(&with("targets", targets).to_string()),
            ["/targets"]
        );
        for no_event in ["1", "\"text\"", "null"] {
            assert_eq!(pointers(no_event), [""]);
        }
    }

    #[test]
    fn an_id_stands_once() {
        let id = json!("01970000-0000-7000-8000-00000000000a");
        let again = json!("01970000-0000-7000-8000-00000000000A");
        let mut faulty = with("id", again.clone());
        faulty["outcome"] = json!(1);
        let several = json!([with("id", id), event(), with("id", again), faulty]);
        assert_eq!(
            pointers(&several.to_string()),
            ["/2/id", "/3/id", "/3/outcome"]
        );
    }

    #[test]
    fn what_is_no_json() {
        for body in [
            "",
            "{",
            "[",
            "[1,]",
            "{}{}",
            "\u{feff}{}",
            "{\"a\": \"\t\"}",
        ] {
            let document = serde_json::to_value(Batch::read(body, "a").unwrap_err()).unwrap();
            assert_eq!(document["status"], 400, "{body:?}");
        }
    }

    #[test]
    fn depth_and_surrogates_are_no_faults_of_the_json() {
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(5_000), "]".repeat(5_000));
        let body = format!(r#"{{"action":"a","outcome":"success","metadata":{deep},"x":{deep}}}"#);
        assert_eq!(pointers(&body), ["/x", "/metadata/a/0/0/0/0/0/0/0"]);
        let body = r#"[{"action":"a","outcome":"\ud800","actor":{"type":"user","id":"\ud800"},"\ud800":1}]"#;
        assert_eq!(pointers(body), [r"/0/\ud800", "/0/actor/id", "/0/outcome"]);
    }

    #[test]
    fn who_is_another() {
        let actor = |kind: &str, id: &str| with("actor", json!({"type": kind, "id": id}));
        let own = with(
            "actor",
            json!({"type": "user", "id": "alice", "name": "Alice"}),
        );
        let body = json!([
            event(),
            actor("user", "bob"),
            own,
            actor("service", "alice")
        ]);
        let body = body.to_string();
        let batch = Batch::read(&body, "alice").unwrap();
        assert_eq!(batch.of_others(Some("alice")), [1, 3]);
        assert_eq!(batch.of_others(None), [0, 1, 2, 3]);
    }
}
