//! A security event as an event of the inbox.

use std::cmp::Reverse;

use clock::Timestamp;
use inbox::{Event, Revocation};
use serde_json::{Map, Value};
use service::identity::{issuer::transmitter::Transmitter, security_event::SecurityEvent};

use super::{
    Fault,
    meanings::Meaning,
    subjects,
    times::{occurred_at, of_seconds},
};
use crate::told::Fact;

/// The maximum length of a type that is stored, in characters.
const LONGEST_TYPE: usize = 255;

/// Reads the event of a transmitter. The error says what does not conform to the event's definition.
///
/// If a token has several events, which are names for one, the one that ends most is used.
pub fn read(
    told: SecurityEvent,
    transmitter: &Transmitter,
    now: Timestamp,
) -> Result<Event<Fact>, &'static str> {
    let SecurityEvent {
        id,
        issued_at,
        subject,
        events,
    } = told;
    let events = || {
        let events = events.iter();
        events.filter_map(|(kind, event)| Some((kind, event.as_object()?)))
    };
    let meant = events()
        .map(|(kind, event)| (Meaning::of(kind, event), kind, event))
        .filter(|(meaning, _, _)| *meaning != Meaning::Noted)
        .min_by_key(|(meaning, _, _)| Reverse(*meaning));
    let Some((meaning, kind, event)) = meant else {
        let kind = events().next().map(|(kind, _)| kind.as_str());
        return Ok(Event {
            id,
            kind: short(kind.unwrap_or_default()),
            time: of_seconds(issued_at, now),
            facts: Vec::new(),
            ignored: true,
            failed: None,
        });
    };
    let time = occurred_at(event, issued_at, now)?;
    let (facts, failed) = match facts(meaning, subject.as_ref(), event, transmitter) {
        Ok(facts) => (facts, None),
        Err(Fault(why)) => (Vec::new(), Some(why)),
    };
    Ok(Event {
        id,
        kind: short(kind),
        time,
        facts,
        ignored: false,
        failed,
    })
}

fn facts(
    meaning: Meaning,
    subject: Option<&Value>,
    event: &Map<String, Value>,
    transmitter: &Transmitter,
) -> Result<Vec<Fact>, Fault> {
    let subject = subject.or_else(|| event.get("subject"));
    let subject = subject.ok_or(Fault("no_subject"))?;
    let revocations = match meaning {
        Meaning::EndsSession => subjects::session(subject, transmitter)?,
        Meaning::EndsAll | Meaning::Noted => subjects::user(subject, transmitter)?,
        Meaning::ResetsPassword => return resets(subjects::user(subject, transmitter)?),
    };
    Ok(revocations.into_iter().map(Fact::Revocation).collect())
}

/// Passwords at another issuer do not belong to the provider, whose setting therefore does not apply to them.
fn resets(revocations: Vec<Revocation>) -> Result<Vec<Fact>, Fault> {
    let revocations = revocations.into_iter();
    let users = revocations.filter_map(|revocation| match revocation {
        Revocation::Subject { user } => Some(Fact::PasswordReset { user }),
        _ => None,
    });
    let resets: Vec<_> = users.collect();
    if resets.is_empty() {
        return Err(Fault("unknown_subject_format"));
    }
    Ok(resets)
}

/// A type in the form that is stored: without control characters, and not longer than the column.
fn short(kind: &str) -> String {
    let visible = kind.chars().filter(|c| !c.is_control());
    let kind: String = visible.take(LONGEST_TYPE).collect();
    if kind.is_empty() {
        "-".to_owned()
    } else {
        kind
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ssf::testing::{NOW, own};

    fn told(events: Value, subject: Option<Value>) -> SecurityEvent {
        SecurityEvent {
            id: "1".to_owned(),
            issued_at: 1_000.0,
            subject,
            events: events.as_object().unwrap().clone(),
        }
    }
    const REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";

    fn alice() -> Value {
        json!({"format": "iss_sub", "iss": "https://id.example", "sub": "alice"})
    }

    #[test]
    fn of_several_names_of_one_event_the_one_that_says_something_counts() {
        let events = json!({"urn:before": {}, REVOKED: {"event_timestamp": 900}, "urn:z": {}});
        let event = read(told(events, Some(alice())), &own(), NOW).unwrap();
        assert_eq!((event.kind.as_str(), event.time), (REVOKED, 900_000));
        assert_eq!(event.facts.len(), 1);
    }

    #[test]
    fn of_several_the_one_that_ends_most_counts() {
        let reset = "https://schemas.openid.net/secevent/caep/event-type/credential-change";
        let disabled = "https://schemas.openid.net/secevent/risc/event-type/account-disabled";
        let purged = "https://schemas.openid.net/secevent/risc/event-type/account-purged";
        let by_admin = json!({"credential_type": "password", "change_type": "update", "initiating_entity": "admin"});
        for (events, expected) in [
            (json!({reset: by_admin, disabled: {}}), disabled),
            (json!({reset: by_admin, REVOKED: {}}), REVOKED),
            (json!({REVOKED: {}, disabled: {}, "urn:z": {}}), disabled),
            (json!({reset: by_admin, "urn:z": {}}), reset),
            // Of equal ones, the first in the order of names.
            (json!({purged: {}, disabled: {}}), disabled),
        ] {
            let event = read(told(events.clone(), Some(alice())), &own(), NOW).unwrap();
            assert_eq!(event.kind, expected, "{events}");
        }
    }

    #[test]
    fn passwords_are_reset_of_the_provider_s_users_alone() {
        let reset = "https://schemas.openid.net/secevent/caep/event-type/credential-change";
        let events = json!({reset: {"credential_type": "pin", "initiating_entity": "admin"}});
        let email = json!({"format": "email", "email": "a@x"});
        let aliases = json!({"format": "aliases", "identifiers": [email, alice()]});
        let event = read(told(events.clone(), Some(aliases)), &own(), NOW).unwrap();
        let user = "alice".to_owned();
        assert_eq!(event.facts, [Fact::PasswordReset { user }]);
        let event = read(told(events, Some(email)), &own(), NOW).unwrap();
        assert_eq!(event.failed, Some("unknown_subject_format"));
    }

    #[test]
    fn what_is_not_known_is_noted_whatever_is_wrong_with_it() {
        let events = json!({"urn:a": {"event_timestamp": "x", "subject": 7}});
        let event = read(told(events, None), &own(), NOW).unwrap();
        assert!(event.ignored && event.failed.is_none() && event.facts.is_empty());
        let long = "é".repeat(300) + "\u{7}";
        let event = read(told(json!({long: {}}), None), &own(), NOW).unwrap();
        assert_eq!(event.kind.chars().count(), 255);
        let event = read(told(json!({"": {}}), None), &own(), NOW).unwrap();
        assert_eq!(event.kind, "-");
    }

    #[test]
    fn milliseconds_do_not_conform() {
        let events = json!({REVOKED: {"event_timestamp": 1_795_815_324_000_u64}});
        assert!(read(told(events, Some(alice())), &own(), NOW).is_err());
    }

    #[test]
    fn what_names_nobody_is_kept_as_failed() {
        let event = read(told(json!({REVOKED: {}}), None), &own(), NOW).unwrap();
        assert_eq!(event.failed, Some("no_subject"));
        assert!(!event.ignored && event.facts.is_empty());
    }
}
