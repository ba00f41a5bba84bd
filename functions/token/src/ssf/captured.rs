//! Security event tokens of a real Keycloak, and their content. `captured/security-event-tokens.ndjson` has the tokens
//! as they were received, `captured/keys.json` the realm's keys.

use std::time::Duration;

use clock::Timestamp;
use inbox::Revocation;
use serde::Deserialize;
use service::identity::{
    Provider,
    issuer::{
        description::{Description, Kind},
        transmitter::Transmitter,
    },
    security_event::check,
};
use vocabulary::Slug;

use super::{read, testing::own};
use crate::told::Fact;

const TOKENS: &str = include_str!("../../captured/security-event-tokens.ndjson");
const KEYS: &str = include_str!("../../captured/keys.json");

const ISSUER: &str = "http://127.0.0.1:8180/realms/veni";

const NOW: Timestamp = Timestamp::from_unix(1_795_815_350, 0);

#[derive(Deserialize)]
struct Sent {
    after: String,
    body: String,
}

fn sent() -> Vec<Sent> {
    let lines = TOKENS.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn keycloak() -> (Provider, Transmitter) {
    let description = Description {
        kind: Kind::IdentityProvider,
        slug: Slug::try_from("default").unwrap(),
        issuer: ISSUER.to_owned(),
        longest_token: Duration::from_secs(86_400),
        audience: "shell".to_owned(),
        keys_at: None,
    };
    let transmitter = Transmitter {
        provider_issuer: Some(ISSUER.to_owned()),
        ..own()
    };
    (
        Provider::configured(description, KEYS).unwrap(),
        transmitter,
    )
}

#[test]
fn each_says_what_was_done() {
    let bob = "aa7a72eb-21e7-4be8-8f8b-101562edb3a2";
    let (provider, transmitter) = keycloak();
    let mut expected = [
        ("SSF: verification asked for", 1_795_815_320, None),
        (
            "SSF: bob logs out",
            1_795_815_324,
            Some(Fact::Revocation(Revocation::Session {
                session: "9Tg56S81zA1JMPmG_xvekKlQ".to_owned(),
                user: Some(bob.to_owned()),
            })),
        ),
        (
            "SSF: admin ends all sessions of bob",
            1_795_815_330,
            Some(Fact::Revocation(Revocation::Subject {
                user: bob.to_owned(),
            })),
        ),
        (
            "SSF: admin resets the password of bob",
            1_795_815_341,
            Some(Fact::PasswordReset {
                user: bob.to_owned(),
            }),
        ),
    ]
    .into_iter();
    for Sent { after, body } in sent() {
        let told = provider.verify_event(&body, &transmitter, NOW).unwrap();
        let event = read(told, &transmitter, NOW).unwrap();
        let (done, seconds, fact) = expected.next().unwrap();
        assert_eq!(after, done);
        assert_eq!(event.time, seconds * 1_000, "{after}");
        assert_eq!(event.ignored, fact.is_none(), "{after}");
        assert_eq!(event.facts, Vec::from_iter(fact), "{after}");
        assert_eq!(event.failed, None, "{after}");
    }
    assert!(expected.next().is_none());
}

#[test]
fn none_is_taken_by_another_or_in_another_form() {
    let (provider, transmitter) = keycloak();
    let mut other_audience = transmitter.clone();
    other_audience.audience = "shell".to_owned();
    let mut other_issuer = transmitter.clone();
    other_issuer.provider_issuer = Some(format!("{ISSUER}2"));
    let clients = ["shell-ssf".to_owned()];
    for Sent { body, .. } in sent() {
        let code = |transmitter| check(&body, transmitter, NOW).unwrap_err().code;
        assert_eq!(code(&other_audience), "invalid_audience");
        assert_eq!(code(&other_issuer), "invalid_issuer");
        // Nor is it accepted as a caller's token, or as a logout token.
        assert!(provider.verify(&body, NOW).is_err());
        assert!(provider.verify_logout(&body, &clients, NOW).is_err());
    }
}
