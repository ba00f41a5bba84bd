//! Deliveries of a real Keycloak, and their facts. `captured/deliveries.ndjson` has the bodies as they were received,
//! `captured/facts.ndjson` the expected facts of each.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Reading, read};
use crate::signature::fits;

const DELIVERIES: &str = include_str!("../../captured/deliveries.ndjson");
const EXPECTED: &str = include_str!("../../captured/facts.ndjson");

/// The secret with which the webhook was registered.
const SECRET: &str = "a-webhook-secret";

#[derive(Deserialize)]
struct Delivered {
    after: String,
    signature: String,
    body: String,
}

fn delivered() -> Vec<Delivered> {
    let lines = DELIVERIES.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The stored data of an event, besides the common members.
fn kept(body: &str) -> Value {
    let Reading::Event(event) = read(body.as_bytes(), Some("veni"), 0) else {
        return json!("useless");
    };
    let original: Value = serde_json::from_str(body).unwrap();
    assert_eq!(json!(event.id), original["id"]);
    assert_eq!(json!(event.kind), original["type"]);
    assert_eq!(json!(event.time), original["time"]);
    assert_eq!(event.failed, None);
    if event.ignored {
        assert_eq!(event.facts, []);
        return json!("ignored");
    }
    json!(event.facts)
}

#[test]
fn each_says_what_was_done() {
    let mut found = String::new();
    for delivery in delivered() {
        let kept = kept(&delivery.body);
        let body: Value = serde_json::from_str(&delivery.body).unwrap();
        let line = json!({"after": delivery.after, "type": body["type"], "kept": kept});
        found += &format!("{line}\n");
    }
    // After an intended change, this variable writes the new facts to a file, which must then be read line by line.
    if let Some(file) = std::env::var_os("CAPTURED_FACTS") {
        std::fs::write(file, &found).unwrap();
    }
    for (found, expected) in found.lines().zip(EXPECTED.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.lines().count(), EXPECTED.lines().count());
}

#[test]
fn each_is_signed_with_the_secret() {
    for Delivered {
        signature, body, ..
    } in delivered()
    {
        assert!(fits(SECRET, body.as_bytes(), &signature));
        assert!(!fits("another secret", body.as_bytes(), &signature));
        assert!(!fits(
            SECRET,
            body.trim_end_matches('}').as_bytes(),
            &signature
        ));
    }
}

#[test]
fn nothing_of_another_realm_is_a_fact() {
    for Delivered { body, .. } in delivered() {
        for realm in [None, Some("other"), Some("Veni"), Some("")] {
            if let Reading::Event(event) = read(body.as_bytes(), realm, 0) {
                assert_eq!(event.facts, []);
                assert!(event.failed.is_some() && !event.ignored);
            }
        }
    }
}

#[test]
fn type_alone_tells_what_an_event_is() {
    for Delivered { body, .. } in delivered() {
        let expected = kept(&body);
        let mut imitated: Value = serde_json::from_str(&body).unwrap();
        imitated["resourceType"] = json!("USER");
        imitated["operationType"] = json!("DELETE");
        imitated["resourceId"] = json!("somebody");
        assert_eq!(kept(&imitated.to_string()), expected);
    }
}
