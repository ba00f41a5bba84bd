use std::sync::Arc;

use serde_json::json;
use vocabulary::Slug;

use super::*;
use crate::identity::crafting::{NOW, described, public, signed};

const HEADER: &str = r#"{"alg":"EdDSA","kid":"one","typ":"secevent+jwt"}"#;

/// A transmitter with its own keys, one of them with the seed 1.
fn transmitter() -> Transmitter {
    let jwks = json!({ "keys": [public(1, "one")] }).to_string();
    let signer = described("https://tr.example", "shell", &jwks);
    Transmitter {
        slug: Slug::try_from("risks").unwrap(),
        provider: Slug::try_from("default").unwrap(),
        provider_issuer: Some("https://id.example".to_owned()),
        audience: "shell".to_owned(),
        alias: None,
        slot: None,
        signer: Some(Arc::new(signer)),
    }
}

fn claims() -> Value {
    json!({"iss": "https://tr.example", "aud": "shell", "iat": 1_000, "jti": "1",
        "sub_id": {"format": "opaque", "id": "a"}, "events": {"urn:a": {}}})
}

fn judge(seed: u8, header: &str, claims: &Value) -> Result<SecurityEvent, &'static str> {
    let token = signed(seed, header, claims.to_string());
    let transmitter = transmitter();
    let signer = transmitter.signer.clone().unwrap();
    match signer.verify_event(&token, &transmitter, NOW) {
        Err(Refusal::Final(Unaccepted(why))) => {
            let refused = check(&token, &transmitter, NOW).unwrap_err();
            assert_eq!(refused.why, why);
            Err(why)
        }
        Err(Refusal::NoKey(unproven)) => Err(unproven.unaccepted.0),
        Ok(event) => Ok(event),
    }
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

#[test]
fn a_good_one_says_what_happened() {
    let event = judge(1, HEADER, &claims()).unwrap();
    assert_eq!((event.id.as_str(), event.issued_at), ("1", 1_000.0));
    assert_eq!(event.subject, Some(json!({"format": "opaque", "id": "a"})));
    assert_eq!(json!(event.events), json!({"urn:a": {}}));
    for (name, value) in [
        ("iss", json!("https://tr.example/")),
        ("aud", json!(["other", "shell"])),
        ("aud", json!("shell/1ad50cf7")),
        ("aud", json!(["shell/a"])),
        ("exp", json!(1_001)),
        ("iat", json!(1_000.5)),
        // A clock that is ahead is no reason to refuse an event.
        ("iat", json!(15_203_800_012_u64)),
        ("txn", json!("8675309")),
        (
            "events",
            json!({"urn:a": {}, "urn:b": {"event_timestamp": 1}}),
        ),
    ] {
        assert!(
            judge(1, HEADER, &with(name, value.clone())).is_ok(),
            "{name} {value}"
        );
    }
}

#[test]
fn anything_else_is_refused() {
    assert_eq!(
        judge(2, HEADER, &claims()),
        Err("the token's signature is not valid")
    );
    for (name, value, expected) in [
        (
            "iss",
            json!("https://id.example"),
            "the token is from another issuer",
        ),
        (
            "iss",
            json!("https://tr.example//"),
            "the token is from another issuer",
        ),
        ("iss", json!(null), "the token has no iss"),
        ("aud", json!("shell2"), "the token is for another audience"),
        ("aud", json!("shell/"), "the token is for another audience"),
        ("aud", json!([]), "the token is for another audience"),
        ("aud", json!(null), "the token has no aud"),
        ("exp", json!(1_000), "the token has expired"),
        ("nbf", json!(1_031), "the token is not valid yet"),
        ("iat", json!(null), "the token has no iat"),
        (
            "iat",
            json!(1_795_815_320_000_u64),
            "iat must be seconds since the epoch",
        ),
        ("iat", json!(-1), "iat must be seconds since the epoch"),
        ("iat", json!("1000"), "the token cannot be read"),
        ("jti", json!(null), "the token has no jti"),
        (
            "jti",
            json!(""),
            "jti must have 1 to 255 characters and no control characters",
        ),
        ("events", json!(null), "the token has no events"),
        ("events", json!([]), "the token has no events"),
        (
            "events",
            json!({}),
            "events must hold at least one event, each of them an object",
        ),
        (
            "events",
            json!({"urn:a": 1}),
            "events must hold at least one event, each of them an object",
        ),
        (
            "events",
            json!({logout::EVENT: {}}),
            "the token is not a security event token",
        ),
        (
            "sub",
            json!("alice"),
            "the token is not a security event token",
        ),
        (
            "nonce",
            json!("n"),
            "the token is not a security event token",
        ),
        (
            "typ",
            json!("Bearer"),
            "the token is not a security event token",
        ),
    ] {
        assert_eq!(
            judge(1, HEADER, &with(name, value)),
            Err(expected),
            "{name}"
        );
    }
}

#[test]
fn its_type_is_told_but_where_the_subject_is_in_the_event() {
    let mut older = claims();
    older.as_object_mut().unwrap().remove("sub_id");
    for header in [
        r#"{"alg":"EdDSA","kid":"one"}"#,
        r#"{"alg":"EdDSA","kid":"one","typ":"JWT"}"#,
    ] {
        assert_eq!(
            judge(1, header, &claims()),
            Err("the token's typ must be secevent+jwt")
        );
        assert!(judge(1, header, &older).is_ok());
    }
    for typ in ["logout+jwt", "at+jwt", ""] {
        let header = json!({"alg": "EdDSA", "kid": "one", "typ": typ}).to_string();
        let expected = Err("the token is not a security event token");
        assert_eq!(judge(1, &header, &older), expected, "{typ}");
    }
}

#[test]
fn an_unsigned_one_is_refused() {
    let header = r#"{"alg":"none","typ":"secevent+jwt"}"#;
    assert_eq!(judge(1, header, &claims()), Err("the token is not a JWT"));
    let nothing = signed(1, HEADER, claims().to_string());
    let (unsigned, _) = nothing.rsplit_once('.').unwrap();
    let transmitter = transmitter();
    let signer = transmitter.signer.clone().unwrap();
    for token in [unsigned.to_owned(), format!("{unsigned}.")] {
        assert!(signer.verify_event(&token, &transmitter, NOW).is_err());
    }
}

#[test]
fn no_other_token_is_one_and_it_is_no_other() {
    let transmitter = transmitter();
    let signer = transmitter.signer.clone().unwrap();
    let event = signed(1, HEADER, claims().to_string());
    assert!(signer.verify(&event, NOW).is_err());
    let clients = ["shell".to_owned()];
    assert!(signer.verify_logout(&event, &clients, NOW).is_err());
    // Nor is an untyped one accepted.
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove("sub_id");
    claims["exp"] = json!(1_100);
    let event = signed(1, r#"{"alg":"EdDSA","kid":"one"}"#, claims.to_string());
    assert!(signer.verify_event(&event, &transmitter, NOW).is_ok());
    assert!(signer.verify(&event, NOW).is_err());
    assert!(signer.verify_logout(&event, &clients, NOW).is_err());
}
