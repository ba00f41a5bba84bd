//! Random content of authentic tokens: nothing panics, and what is read fits into the columns that store it.

use inbox::Event;
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, Number, Value, json};
use service::identity::{issuer::transmitter::Transmitter, security_event::SecurityEvent};

use super::{
    read,
    testing::{NOW, linked, own},
};
use crate::told::Fact;

const KINDS: &[&str] = &[
    "https://schemas.openid.net/secevent/caep/event-type/session-revoked",
    "https://schemas.openid.net/secevent/caep/event-type/credential-change",
    "https://schemas.openid.net/secevent/risc/event-type/account-disabled",
    "https://schemas.openid.net/secevent/oauth/event-type/tokens-revoked",
    "https://schemas.openid.net/secevent/ssf/event-type/verification",
    "",
    "\u{0}",
];

const MEMBERS: &[&str] = &[
    "format",
    "subject_type",
    "iss",
    "sub",
    "id",
    "email",
    "jti",
    "user",
    "session",
    "identifiers",
    "subject",
    "event_timestamp",
    "credential_type",
    "change_type",
    "initiating_entity",
];

const TEXTS: &[&str] = &[
    "complex",
    "iss_sub",
    "iss-sub",
    "id_token_claims",
    "email",
    "opaque",
    "aliases",
    "jwt_id",
    "https://id.example",
    "https://accounts.example/",
    "ALL",
    "alice",
    "password",
    "update",
    "admin",
    "",
    "\u{7}",
    "/",
];

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => select(TEXTS).prop_map(Value::from),
        1 => "\\PC{0,300}".prop_map(Value::from),
        1 => any::<f64>().prop_map(|number| Number::from_f64(number).map_or(Value::Null, Value::from)),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(4, 40, 6, |inner| {
        let members = vec((select(MEMBERS), inner.clone()), 0..6).prop_map(|members| {
            let members = members.into_iter();
            let members = members.map(|(name, value)| (name.to_owned(), value));
            Value::Object(members.collect())
        });
        prop_oneof![4 => members, 1 => vec(inner, 0..6).prop_map(Value::from)]
    })
}

fn events() -> impl Strategy<Value = Map<String, Value>> {
    let events = vec((select(KINDS), value()), 1..3);
    events.prop_map(|events| {
        let events = events.into_iter();
        let events = events.map(|(kind, event)| (kind.to_owned(), event));
        events.collect()
    })
}

fn fits(event: &Event<Fact>) -> Result<(), TestCaseError> {
    let is_bounded = |text: &str| (1..=255).contains(&text.chars().count());
    prop_assert!(is_bounded(&event.id) && is_bounded(&event.kind));
    prop_assert!(event.time <= NOW.unix_milliseconds() + 30_000);
    prop_assert!(event.facts.len() <= 41);
    prop_assert!(event.facts.is_empty() == (event.ignored || event.failed.is_some()));
    prop_assert!(!event.ignored || event.failed.is_none());
    for fact in &event.facts {
        let fact = json!(fact);
        for text in fact.as_object().unwrap().values() {
            let text = text.as_str().unwrap();
            prop_assert!(
                is_bounded(text) && !text.chars().any(char::is_control),
                "{text:?}"
            );
        }
    }
    Ok(())
}

fn go(told: &SecurityEvent, transmitter: &Transmitter) -> Result<(), TestCaseError> {
    match read(told.clone(), transmitter, NOW) {
        Ok(event) => fits(&event),
        Err(_) => Ok(()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_claims(
        events in events(),
        subject in proptest::option::of(value()),
        issued_at in 0.0..100_000_000_000.0_f64,
    ) {
        let told = SecurityEvent { id: "1".to_owned(), issued_at, subject, events };
        go(&told, &own())?;
        go(&told, &linked())?;
    }
}
