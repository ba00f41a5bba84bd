//! `POST /v1/resources`: up to a thousand resources at once.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::Shell;

use super::{
    listed::walk,
    routes::{acme, trail},
};

#[test]
fn several_at_once() {
    let shell = Shell::start();
    let post = |resources: Value| {
        let body = json!({"resources": resources});
        acme(&shell, "POST", "/v1/resources")
            .json(&body)
            .send()
            .expect(200)
            .json()
    };
    let handbook = json!({"status": "published", "owner": "alice"});
    let sent = json!([
        {"type": "file", "id": "1"},
        {"type": "document", "id": "handbook", "properties": handbook},
        {"type": "document", "id": "budget-2024", "properties": {"status": "open", "owner": "alice", "year": 2024}},
    ]);
    let outcome =
        |kind: &str, id: &str, outcome: &str| json!({"type": kind, "id": id, "outcome": outcome});
    let expected = json!({"items": [
        outcome("file", "1", "created"),
        outcome("document", "handbook", "unchanged"),
        outcome("document", "budget-2024", "replaced"),
    ]});
    assert_eq!(post(sent.clone()), expected);
    let unchanged = post(sent);
    let outcomes = unchanged["items"].as_array().unwrap().iter();
    assert!(outcomes.clone().all(|item| item["outcome"] == "unchanged"));
    let event = |action: &str, target: &str, metadata: Value| {
        let target = json!({"type": "resource", "id": target});
        (action.to_owned(), target, metadata)
    };
    let seen: Vec<_> = trail(&shell, "acme")
        .into_iter()
        .map(|(action, target, metadata)| {
            (action, serde_json::from_str(&target).unwrap(), metadata)
        })
        .collect();
    assert_eq!(
        seen,
        [
            event(
                "resource.created",
                "file/1",
                json!({"type": "file", "id": "1", "changed": []})
            ),
            event(
                "resource.replaced",
                "document/budget-2024",
                json!({"type": "document", "id": "budget-2024", "changed": ["status", "year"]})
            ),
        ]
    );
}

#[test]
fn a_thousand_at_once() {
    let shell = Shell::start();
    let body = |status: &str| {
        let item = |n: u32| json!({"type": "file", "id": n.to_string(), "properties": {"status": status, "n": n}});
        json!({"resources": (0..1_000).map(item).collect::<Vec<_>>()})
    };
    for (status, outcome) in [
        ("new", "created"),
        ("new", "unchanged"),
        ("old", "replaced"),
    ] {
        let started = Instant::now();
        let answer = acme(&shell, "POST", "/v1/resources")
            .json(&body(status))
            .send();
        let answer = answer.expect(200).json();
        // PostgreSQL cancels a statement after 2.5 s.
        assert!(
            started.elapsed() < Duration::from_secs(2),
            "{:?}",
            started.elapsed()
        );
        let items = answer["items"].as_array().unwrap();
        assert_eq!(items.len(), 1_000);
        for (n, item) in items.iter().enumerate() {
            assert_eq!(item["id"], n.to_string());
            assert_eq!(item["outcome"], outcome);
        }
    }
    assert_eq!(walk(&shell, "acme", "type=file&limit=300").len(), 1_000);
    let trail = trail(&shell, "acme");
    assert_eq!(trail.len(), 2_000);
    assert_eq!(
        trail[1_999].2,
        json!({"type": "file", "id": "999", "changed": ["status"]})
    );
}
