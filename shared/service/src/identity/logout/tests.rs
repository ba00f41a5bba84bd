//! Logout tokens, and tokens that only look like one.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::json;

use super::*;
use crate::identity::crafting::{HEADER, NOW, judge, provider, public, signed, token};

fn clients() -> Vec<String> {
    vec!["web".to_owned(), "desk".to_owned()]
}

fn claims() -> Value {
    json!({"iss": "issuer", "aud": "web", "iat": 990, "exp": 1_110, "jti": "1", "sub": "alice", "sid": "of alice",
        "events": {EVENT: {}}})
}

fn verify(token: &str) -> Result<Logout, &'static str> {
    let verified = provider().verify_logout(token, &clients(), NOW);
    verified.map_err(|refusal| match refusal {
        Refusal::Final(why) => why.0,
        Refusal::NoKey(unproven) => unproven.unaccepted.0,
    })
}

/// With claims that make it invalid whatever key signed it: then no issuer is asked for its keys.
fn of(claims: &Value) -> Result<Logout, &'static str> {
    let token = signed(1, HEADER, claims.to_string());
    let could = provider().could_log_out(&token, &clients(), NOW);
    let verified = verify(&token);
    assert_eq!(
        could.map_err(|why| why.0),
        verified.as_ref().map(|_| ()).map_err(|why| *why)
    );
    verified
}

fn changed(name: &str, value: Value) -> Result<Logout, &'static str> {
    let mut claims = claims();
    claims[name] = value;
    of(&claims)
}

fn without(names: &[&str]) -> Result<Logout, &'static str> {
    let mut claims = claims();
    for name in names {
        claims.as_object_mut().unwrap().remove(*name);
    }
    of(&claims)
}

#[test]
fn says_whose_sessions_have_ended() {
    let logout = of(&claims()).unwrap();
    assert_eq!((logout.id.as_str(), logout.issued_at), ("1", 990_000));
    assert_eq!(logout.subject.as_deref(), Some("alice"));
    assert_eq!(logout.session.as_deref(), Some("of alice"));
    assert_eq!(without(&["sid"]).unwrap().session, None);
    assert_eq!(without(&["sub"]).unwrap().subject, None);
    assert_eq!(changed("iat", json!(999.5)).unwrap().issued_at, 999_500);
    assert_eq!(changed("iat", json!(-1e300)).unwrap().issued_at, 0);
}

#[test]
fn what_the_specification_leaves_open_is_taken() {
    for header in ["JWT", "logout+jwt", "Logout+JWT", "application/logout+jwt"] {
        let header = json!({"alg": "EdDSA", "kid": "one", "typ": header}).to_string();
        assert!(verify(&signed(1, header, claims().to_string())).is_ok());
    }
    for (name, value) in [
        ("aud", json!(["web"])),
        ("aud", json!(["desk", "web"])),
        ("typ", json!("Logout")),
        ("nbf", json!(1_030)),
        ("iat", json!(1_030)),
        // Unknown claims are ignored.
        ("trace", json!({"a": [1]})),
        (
            "events",
            json!({EVENT: {"reason": "x"}, "revoke_offline_access": true}),
        ),
    ] {
        assert!(changed(name, value.clone()).is_ok(), "{name}: {value}");
    }
}

#[test]
fn what_it_demands_is_demanded() {
    let no_logout = "the token is not a logout token";
    let another = "the token is for another audience";
    let unusable = "jti, sub and sid must have 1 to 255 characters and no control characters";
    for (name, value, expected) in [
        ("iss", json!("issuer/"), "the token is from another issuer"),
        ("iss", json!(null), "the token has no iss"),
        ("aud", json!("shell"), another),
        ("aud", json!("Web"), another),
        ("aud", json!([]), another),
        ("aud", json!(["web", "shell"]), another),
        ("aud", json!(null), "the token has no aud"),
        ("aud", json!(7), "the token cannot be read"),
        ("exp", json!(1_000), "the token has expired"),
        ("exp", json!(null), "the token has no exp"),
        ("nbf", json!(1_031), "the token is not valid yet"),
        ("iat", json!(1_031), "the token's iat is in the future"),
        ("iat", json!(1e300), "the token's iat is in the future"),
        ("iat", json!(null), "the token has no iat"),
        ("iat", json!("990"), "the token cannot be read"),
        ("jti", json!(null), "the token has no jti"),
        ("jti", json!(""), unusable),
        ("jti", json!("x".repeat(256)), unusable),
        ("sub", json!("a\u{0}"), unusable),
        ("sub", json!(["alice"]), "the token cannot be read"),
        ("sid", json!(""), unusable),
        ("sid", json!(7), "the token cannot be read"),
        ("nonce", json!("n"), "a logout token must have no nonce"),
        ("nonce", json!(null), "a logout token must have no nonce"),
        ("events", json!(null), no_logout),
        ("events", json!({}), no_logout),
        ("events", json!([EVENT]), no_logout),
        ("events", json!([{}]), no_logout),
        ("events", json!(EVENT), no_logout),
        ("events", json!({EVENT: null}), no_logout),
        ("events", json!({EVENT: []}), no_logout),
        ("events", json!({EVENT: "{}"}), no_logout),
        ("events", json!({EVENT: true}), no_logout),
        ("typ", json!("Bearer"), no_logout),
        ("typ", json!("ID"), no_logout),
    ] {
        assert_eq!(
            changed(name, value.clone()),
            Err(expected),
            "{name}: {value}"
        );
    }
    for (names, expected) in [
        (vec!["sub", "sid"], "the token has neither sub nor sid"),
        (vec!["events"], no_logout),
        (vec!["iat"], "the token has no iat"),
        (vec!["exp"], "the token has no exp"),
        (vec!["jti"], "the token has no jti"),
    ] {
        assert_eq!(without(&names), Err(expected), "{names:?}");
    }
    let nobody_may_be_told =
        provider().verify_logout(&signed(1, HEADER, claims().to_string()), &[], NOW);
    assert_eq!(nobody_may_be_told, Err(Refusal::Final(Unaccepted(another))));
}

#[test]
fn only_the_provider_s_key_signs_one() {
    let claims = claims().to_string();
    assert_eq!(
        verify(&signed(2, HEADER, &claims)),
        Err("the token's signature is not valid")
    );
    let other = json!({"alg": "EdDSA", "kid": "two"}).to_string();
    assert_eq!(
        verify(&signed(1, other, &claims)),
        Err("the token is signed with an unknown key")
    );
    for alg in ["none", "None", ""] {
        let header = json!({"alg": alg, "kid": "one", "typ": "logout+jwt"}).to_string();
        let unsigned = format!("{}.{}.", BASE64.encode(header), BASE64.encode(&claims));
        assert_eq!(verify(&unsigned), Err("the token is not a JWT"));
    }
    // A public key is not a secret.
    let key = public(1, "one");
    let raw = BASE64.decode(key["x"].as_str().unwrap()).unwrap();
    for secret in [raw, key.to_string().into_bytes(), Vec::new()] {
        let header = json!({"alg": "HS256", "kid": "one", "typ": "logout+jwt"}).to_string();
        let message = format!("{}.{}", BASE64.encode(header), BASE64.encode(&claims));
        let secret = EncodingKey::from_secret(&secret);
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &secret, Algorithm::HS256).unwrap();
        assert_eq!(
            verify(&format!("{message}.{signature}")),
            Err("the token's algorithm does not match its key")
        );
    }
}

#[test]
fn no_other_token_is_one_and_it_is_no_other() {
    let no_logout = Err("the token is not a logout token");
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut claims = claims();
        change(&mut claims);
        claims.to_string()
    };
    let without_events = |claims: &mut Value| claims["events"] = Value::Null;
    // An ID token for the client, an access token, and a token of a delivery.
    let of_id = changed(&|claims| {
        without_events(claims);
        claims["nonce"] = json!("n");
    });
    assert_eq!(verify(&signed(1, HEADER, of_id)), no_logout);
    assert_eq!(verify(&token("", "")), no_logout);
    assert_eq!(verify(&token(r#""typ":"at+jwt""#, "")), no_logout);
    let of_a_delivery = token("", r#""request_body_sha256":"00ff""#);
    assert_eq!(verify(&of_a_delivery), no_logout);
    // A security event token with the same events, which its type shows, and one with other events.
    let header = r#"{"alg":"EdDSA","kid":"one","typ":"secevent+jwt"}"#;
    assert_eq!(verify(&signed(1, header, claims().to_string())), no_logout);
    let event = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
    let of_caep = changed(&|claims| claims["events"] = json!({event: {}}));
    assert_eq!(verify(&signed(1, HEADER, of_caep)), no_logout);
    // With the Shell's own audience, it neither identifies a caller nor authenticates a delivery.
    let of_a_logout = changed(&|claims| claims["aud"] = json!("shell"));
    for header in [HEADER, r#"{"alg":"EdDSA","kid":"one","typ":"logout+jwt"}"#] {
        let token = signed(1, header, &of_a_logout);
        let refused = judge(&provider(), &token, NOW).unwrap_err();
        assert_eq!(refused, "the token is not an access token");
        assert!(provider().verify_delivery(&token, "shell", NOW).is_err());
    }
}

#[test]
fn what_is_said_twice_decides_nothing() {
    let claims = claims().to_string();
    for member in [
        r#""sub":"alice""#,
        r#""sid":"of alice""#,
        r#""s\u0069d":"of alice""#,
        r#""events":{}"#,
        r#""jti":"1""#,
        r#""aud":"web""#,
    ] {
        let twice = claims.replacen('{', &format!("{{{member},"), 1);
        assert_eq!(
            verify(&signed(1, HEADER, twice)),
            Err("the token cannot be read")
        );
    }
    let event = format!(r#"{{"{EVENT}":{{}},"#);
    let events = claims.replacen(r#"{"http"#, &format!(r"{event}{}", r#""http"#), 1);
    assert_ne!(events, claims);
    assert_eq!(
        verify(&signed(1, HEADER, events)),
        Err("the token cannot be read")
    );
}
