//! Security event tokens from another implementation, with the examples of the specifications in them.
//! PyJWT signs them; it is fetched with `cargo xtask test --pyjwt`, as in `cargo xtask ci`.

use serde_json::{Value, json};
use tests::{IssuerServer, Setup, TransmitterServer, clock};
use xtask::pyjwt::{self, Signed};

use super::receiving::{PATH, kept, refused, send, taken};

const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/";
const RISC: &str = "https://schemas.openid.net/secevent/risc/event-type/";
const SSF: &str = "https://schemas.openid.net/secevent/ssf/event-type/";

/// The expected result of a token.
enum Outcome {
    /// Accepted, and stored with this status and reason.
    Kept(&'static str),
    /// Refused with this code.
    Refused(&'static str),
}
use Outcome::{Kept, Refused};

/// Events, their subjects, and their expected results; the issuer's own events are the provider's.
fn events(provider: &str) -> Vec<(Value, Value, Outcome)> {
    let alice = json!({"format": "iss_sub", "iss": provider, "sub": "alice"});
    let of = |kind: &str, name: &str, event: Value| json!({format!("{kind}{name}"): event});
    let email = |email: &str| json!({"format": "email", "email": email});
    let at = json!({"event_timestamp": clock::seconds()});
    vec![
        (
            of(CAEP, "session-revoked", at.clone()),
            alice.clone(),
            Kept("applied "),
        ),
        (
            of(
                CAEP,
                "session-revoked",
                json!({"initiating_entity": "policy", "event_timestamp": clock::seconds(),
                "reason_admin": {"en": "Policy Violation: C076E82F"}}),
            ),
            json!({"format": "complex", "user": alice, "device": {"format": "iss_sub", "iss": provider, "sub": "d"}}),
            Kept("applied "),
        ),
        (
            of(CAEP, "session-revoked", at.clone()),
            json!({"format": "complex", "user": alice, "session": {"format": "opaque", "id": "s"},
                "tenant": {"format": "opaque", "id": "t"}}),
            Kept("applied "),
        ),
        (
            of(CAEP, "session-revoked", at.clone()),
            json!({"format": "opaque", "id": "dMTlD|16008.16"}),
            Kept("failed unknown_session"),
        ),
        (
            of(
                CAEP,
                "token-claims-change",
                json!({"event_timestamp": clock::seconds(), "claims": {"role": "ro-admin"}}),
            ),
            email("foo@example2.com"),
            Kept("ignored "),
        ),
        (
            of(CAEP, "token-claims-change", json!({"claims": {}})),
            json!({"format": "catalog_item", "catalog_id": "c0384/winter/2354122"}),
            Kept("ignored "),
        ),
        (
            of(
                CAEP,
                "credential-change",
                json!({"credential_type": "fido2-roaming", "change_type": "create",
                "friendly_name": "Jane's USB authenticator"}),
            ),
            alice.clone(),
            Kept("ignored "),
        ),
        (
            of(
                CAEP,
                "assurance-level-change",
                json!({"namespace": "NIST-AAL", "current_level": "nist-aal2"}),
            ),
            alice.clone(),
            Kept("ignored "),
        ),
        (
            of(
                CAEP,
                "device-compliance-change",
                json!({"current_status": "not-compliant"}),
            ),
            json!({"format": "complex", "device": {"format": "opaque", "id": "d"}}),
            Kept("ignored "),
        ),
        (
            of(CAEP, "risk-level-change", json!({"current_level": "LOW"})),
            alice.clone(),
            Kept("ignored "),
        ),
        (
            of(RISC, "account-purged", json!({})),
            alice.clone(),
            Kept("applied "),
        ),
        (
            of(RISC, "account-disabled", json!({"reason": "hijacking"})),
            alice.clone(),
            Kept("applied "),
        ),
        (
            of(RISC, "account-disabled", json!({"reason": "hijacking"})),
            json!({"format": "phone_number", "phone_number": "+1 206 555 0123"}),
            Kept("failed unknown_subject_format"),
        ),
        (
            of(RISC, "account-enabled", json!({})),
            email("foo@example.com"),
            Kept("ignored "),
        ),
        (
            of(
                RISC,
                "identifier-changed",
                json!({"new-value": "john.roe@example.com"}),
            ),
            email("john.doe@example.com"),
            Kept("ignored "),
        ),
        (
            of(RISC, "identifier-recycled", json!({})),
            email("foo@example.com"),
            Kept("ignored "),
        ),
        (
            of(RISC, "opt-out-initiated", json!({})),
            alice.clone(),
            Kept("ignored "),
        ),
        (
            of(RISC, "recovery-activated", json!({})),
            alice.clone(),
            Kept("ignored "),
        ),
        (
            of(RISC, "sessions-revoked", json!({})),
            email("alice@acme.example"),
            Kept("applied "),
        ),
        (
            of(RISC, "sessions-revoked", json!({})),
            email("nobody@example.com"),
            Kept("failed unknown_subject"),
        ),
        (
            of(RISC, "sessions-revoked", json!({})),
            json!({"format": "iss_sub", "iss": "https://other.example", "sub": "alice"}),
            Kept("failed other_issuer"),
        ),
        (
            of(
                SSF,
                "verification",
                json!({"state": "VGhpcyBpcyBhbiBleGFtcGxlIHN0YXRlIHZhbHVlLgo="}),
            ),
            json!({"format": "opaque", "id": "f67e39a0a4d34d56b3aa1bc4cff0069f"}),
            Kept("ignored "),
        ),
        (
            of(
                SSF,
                "stream-updated",
                json!({"status": "paused", "reason": "Internal error"}),
            ),
            json!({"format": "opaque", "id": "f67e39a0a4d34d56b3aa1bc4cff0069f"}),
            Kept("ignored "),
        ),
        (
            of(
                CAEP,
                "session-revoked",
                json!({"event_timestamp": clock::seconds() * 1_000}),
            ),
            alice,
            Refused("invalid_request"),
        ),
    ]
}

/// Tokens that are refused: the changed header and claims, and the code.
fn others() -> Vec<(Value, Value, &'static str)> {
    let typed = || json!({"typ": "secevent+jwt"});
    vec![
        (
            json!({"typ": "secevent+jwt", "alg": "none"}),
            json!({}),
            "invalid_request",
        ),
        (json!({"typ": "JWT"}), json!({}), "invalid_request"),
        (json!({"typ": "at+jwt"}), json!({}), "invalid_request"),
        (
            json!({"typ": "secevent+jwt", "kid": "another"}),
            json!({}),
            "invalid_key",
        ),
        (
            typed(),
            json!({"iss": "https://foreign.example"}),
            "invalid_issuer",
        ),
        (
            typed(),
            json!({"aud": "636C69656E745F6964"}),
            "invalid_audience",
        ),
        (
            typed(),
            json!({"aud": ["receiver.example.com/web", "receiver.example.com/mobile"]}),
            "invalid_audience",
        ),
        (typed(), json!({"exp": 1_508_184_845}), "invalid_request"),
        (typed(), json!({"sub": "alice"}), "invalid_request"),
        (
            typed(),
            json!({"events": {"http://schemas.openid.net/event/backchannel-logout": {}}}),
            "invalid_request",
        ),
    ]
}

#[test]
fn the_examples_of_the_specifications_are_taken_or_refused_as_they_say() {
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        check(algorithm);
    }
}

fn check(algorithm: &str) {
    let provider = IssuerServer::start();
    let server = TransmitterServer::start("", "/.well-known/ssf-configuration", Vec::new());
    let claims = |number: usize, events: &Value, subject: &Value| {
        json!({"iss": server.issuer(), "jti": format!("756E69717565206964656E746966696572-{number}"),
            "iat": clock::seconds(), "txn": "8675309", "aud": ["client/web", "other"], "sub_id": subject, "events": events})
    };
    let events = events(&provider.issuer());
    let mut tokens: Vec<_> = events
        .iter()
        .enumerate()
        .map(|(number, (events, subject, _))| {
            (
                json!({"typ": "secevent+jwt"}),
                claims(number, events, subject),
            )
        })
        .collect();
    for (header, other, _) in others() {
        let (events, subject, _) = &events[0];
        let mut claims = claims(1_000, events, subject);
        for (name, value) in other.as_object().unwrap() {
            claims[name] = value.clone();
        }
        tokens.push((header, claims));
    }
    let Some(Signed { jwk, tokens }) = pyjwt::sign(algorithm, &tokens).unwrap() else {
        eprintln!("left out: security events that PyJWT signed");
        return;
    };
    server.publish(vec![jwk]);
    let shell = Setup::seeded().trusting(&provider);
    let shell = shell.told_by("risks", &server, None).start();
    let path = format!("{PATH}/risks");
    let (told, unfit) = tokens.split_at(events.len());
    let mut count = 0;
    for (token, (event, subject, outcome)) in told.iter().zip(&events) {
        let what = format!("{algorithm} {event} {subject}");
        match outcome {
            Kept(expected) => {
                taken(send(&shell, &path, token));
                count += 1;
                let kept = kept(&shell);
                assert_eq!(kept.len(), count, "{what}");
                let (_, status, reason) = kept.last().unwrap();
                assert_eq!(format!("{status} {reason}"), *expected, "{what}");
                // A replay has no effect.
                taken(send(&shell, &path, token));
            }
            Refused(code) => refused(send(&shell, &path, token), code),
        }
    }
    for (token, (header, other, code)) in unfit.iter().zip(others()) {
        eprintln!("{algorithm} {header} {other}");
        // A token of another key is only refused once a key set was fetched after the token was seen.
        if code == "invalid_key" {
            let answer = send(&shell, &path, token);
            assert!(matches!(answer.status, 400 | 503), "{answer:?}");
        } else {
            refused(send(&shell, &path, token), code);
        }
    }
    assert_eq!(kept(&shell).len(), count);
}
