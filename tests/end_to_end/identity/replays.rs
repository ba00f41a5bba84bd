//! The events of a real Keycloak result in the same users, groups and memberships in whatever order they arrive.

use std::collections::BTreeMap;

use identity_sync::keycloak::{Reading, read};
use serde_json::{Value, json};
use tests::{
    Dice, Setup, TestDatabase,
    facts::{Told, ago, receive},
    identity::reset,
};

use super::state::state;

const DELIVERIES: &str =
    include_str!("../../../functions/identity-sync/captured/deliveries.ndjson");

const ALICIA: &str = "e41fa831-ce26-47ef-8027-408ce08515e0";
const BOB: &str = "aa7a72eb-21e7-4be8-8f8b-101562edb3a2";
const CAROL: &str = "182a865d-752b-498f-ae36-17634938551b";
const DAVE: &str = "5ed1812a-3298-4bed-8f0b-026c944f689f";
const ERIN: &str = "b3241fcc-21fd-420b-897b-0e84e212cdee";
const SVC_DRIVE: &str = "dd5412d8-c159-4462-b017-03ef2c782a5f";
const SVC_SSF: &str = "b556b343-4942-49df-9ef7-cbc5393ba8cb";
const ACME: &str = "88fc9b9f-94b3-4530-a226-09d0a0fb12b0";
const GLOBEX: &str = "746d1771-7962-43f3-9b9b-014a730dad80";
const WRITERS: &str = "e6185a67-da59-415d-8541-228892d42530";
const CHIEF: &str = "f0d6f481-7180-4c24-9bbd-46e1a0d7fa9c";
const BOARD: &str = "99dec296-be26-4037-b55e-4a56c84e9aad";

/// Each event once, with the times moved so that the last of them has just arrived.
fn captured() -> Vec<Told> {
    let mut events = BTreeMap::new();
    for line in DELIVERIES.lines() {
        let delivery: Value = serde_json::from_str(line).unwrap();
        let body = delivery["body"].as_str().unwrap();
        if let Reading::Event(event) = read(body.as_bytes(), Some("veni"), 0) {
            assert_eq!(event.failed, None, "{body}");
            let json = serde_json::to_value(&event).unwrap();
            let facts = json["facts"].as_array().unwrap().clone();
            let told = Told::new(&event.id, event.time, &facts);
            events.insert((event.time, event.id), told);
        }
    }
    let later = ago(60_000) - events.keys().next_back().unwrap().0;
    let at_last = |mut told: Told| {
        told.time += later;
        told
    };
    events.into_values().map(at_last).collect()
}

fn start() -> Setup {
    let setup = Setup::seeded();
    let statement =
        "UPDATE shell.identity_providers SET attributes = '{department}' WHERE slug = 'default'";
    let database = setup.database();
    database.as_superuser().batch_execute(statement).unwrap();
    setup
}

fn replay(database: &TestDatabase, events: &[Told]) -> Value {
    reset(database);
    let mut runtime = database.as_runtime();
    for told in events {
        let outcome = receive(&mut runtime, told);
        assert_ne!(outcome.status, "failed", "{told:?}: {outcome:?}");
    }
    state(database)
}

/// The state without the times, which depend on the replay.
fn timeless(state: &Value) -> Value {
    let mut state = state.clone();
    for user in state["users"].as_object_mut().unwrap().values_mut() {
        user[9] = json!(!user[9].is_null());
    }
    for group in state["groups"].as_object_mut().unwrap().values_mut() {
        group.as_array_mut().unwrap().remove(3);
    }
    for (kind, stamp) in [("in_groups", 3), ("linked", 5), ("meant", 1)] {
        for row in state[kind].as_array_mut().unwrap() {
            row.as_array_mut().unwrap().remove(stamp);
        }
    }
    state
}

#[test]
fn what_a_keycloak_sent_gives_what_it_has_in_the_end() {
    let setup = start();
    let state = timeless(&replay(setup.database(), &captured()));
    let user =
        |username: &str, email: &str, name: &str, first: Option<&str>, last: Option<&str>| {
            json!([
                username,
                email,
                name,
                first,
                last,
                true,
                false,
                {},
                null,
                false
            ])
        };
    let gone = |id: &str| json!([id, "", id, null, null, true, false, {}, null, true]);
    let service = |name: &str| json!([name, "", name, null, null, true, true, {}, null, false]);
    let mut alicia = user(
        "alicia",
        "alice.anders@acme.example",
        "Alice Anders",
        Some("Alice"),
        Some("Anders"),
    );
    alicia[7] = json!({"department": ["sales", "emea"]});
    alicia[8] = json!("0198a8a0-0000-7000-8000-000000000001");
    assert_eq!(
        state["users"],
        json!({
            ALICIA: alicia,
            // He was renamed once more while nothing listened.
            BOB: user("bob", "bob@acme.example", "Bob Bergson", Some("Bob"), Some("Bergson")),
            CAROL: gone(CAROL),
            DAVE: gone(DAVE),
            ERIN: user("erin", "erin@partner.example", "erin", None, None),
            SVC_DRIVE: service("service-account-svc-drive"),
            SVC_SSF: service("service-account-shell-ssf"),
        })
    );
    // Users in a deleted organization are still members of it, but the memberships are suspended.
    let members = json!([
        ["acme", BOB, "event"],
        ["acme", ALICIA, "event"],
        ["globex", BOB, "event"]
    ]);
    assert_eq!(state["members"], members);
    assert_eq!(state["here"]["acme"], json!([ACME, false, false]));
    assert_eq!(state["here"]["globex"], json!([GLOBEX, true, true]));
    assert_eq!(state["here"]["platform"], json!([null, false, false]));
    assert_eq!(
        state["groups"],
        json!({
            WRITERS: [null, null, "writers", true],
            // It was deleted together with its parent.
            CHIEF: [null, WRITERS, "chief", false],
            BOARD: [ACME, null, "board", false],
        })
    );
    let linked = state["linked"].as_array().unwrap();
    let of_bob = json!([BOB, "google", null, null, false]);
    assert!(linked.contains(&of_bob), "{linked:?}");
    let erin = linked.iter().find(|row| row[0] == ERIN).unwrap();
    assert_eq!((&erin[1], &erin[4]), (&json!("partner"), &json!(true)));
    let revoked = state["revoked"].as_object().unwrap();
    let revoked: Vec<_> = revoked.keys().map(String::as_str).collect();
    let of = |kind: &str, user: &str| format!("{kind} {user}");
    assert_eq!(
        revoked,
        [
            "provider ",
            "session 9Tg56S81zA1JMPmG_xvekKlQ",
            "session K5Q3jKlQ-fCAJNIsUKe0fkfb",
            "session XNJ3I_qd0sodHLwbYTV3qacM",
            "session YFfHpHvI85WHMT2boxazjdFI",
            "session dbii4gPwURdYsFKD-Ffd2OZE",
            &of("sessionless", BOB),
            // Carol and Dave were deleted; Bob was disabled, and all his sessions were ended.
            &of("subject", CAROL),
            &of("subject", DAVE),
            &of("subject", BOB),
        ]
    );
    let waiting = "SELECT count(*) FROM shell.webhook_events WHERE status = 'waiting'";
    let waiting = setup.database().as_superuser().query_one(waiting, &[]);
    assert_eq!(waiting.unwrap().get::<_, i64>(0), 0);
}

#[test]
fn what_a_keycloak_sent_gives_the_same_in_any_order_and_repeated() {
    let setup = start();
    let events = captured();
    let expected = replay(setup.database(), &events);
    let mut dice = Dice(23);
    for round in 0..200 {
        let shuffled = dice.shuffled(&events);
        let found = replay(setup.database(), &shuffled);
        assert_eq!(found, expected, "round {round}: {shuffled:#?}");
    }
}
