//! The tokens that a provider accepts, for each of its keys.

use jsonwebtoken::{EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};

use super::*;
use crate::identity::issuer::description::Kind;

const NOW: Timestamp = Timestamp::from_unix(1_000, 0);

/// A key whose private part consists of this byte, repeated.
fn signing(seed: u8) -> EncodingKey {
    // RFC 8410, section 7.
    let head = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
    EncodingKey::from_ed_der(&[&head[..], &[seed; 32]].concat())
}

fn public(key: &EncodingKey, kid: &str) -> Value {
    let mut jwk = serde_json::to_value(Jwk::from_encoding_key(key, Algorithm::EdDSA).unwrap());
    let jwk = jwk.as_mut().unwrap();
    jwk["kid"] = kid.into();
    jwk.take()
}

fn description() -> Description {
    Description {
        kind: Kind::IdentityProvider,
        slug: Slug::try_from("default").unwrap(),
        issuer: "issuer".to_owned(),
        audience: "shell".to_owned(),
        longest_token: Duration::from_secs(300_000),
        keys_at: None,
    }
}

fn provider(keys: &[Value]) -> Provider {
    let jwks = json!({ "keys": keys }).to_string();
    Provider::configured(description(), &jwks).unwrap()
}

fn token(key: &EncodingKey, kid: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(kid.to_owned());
    let mut claims =
        json!({"iss": "issuer", "aud": "shell", "sub": "alice", "iat": 1_000, "exp": 2_000});
    change(&mut claims);
    jsonwebtoken::encode(&header, &claims, key).unwrap()
}

fn refusal(provider: &Provider, token: &str) -> &'static str {
    match provider.verify(token, NOW).unwrap_err() {
        Refusal::Final(unaccepted) | Refusal::NoKey(Unproven { unaccepted, .. }) => unaccepted.0,
    }
}

#[test]
fn each_key_of_one_kid_is_tried() {
    let elliptic = json!({
        "kty": "EC", "crv": "P-256", "kid": "one",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    // This is hardly a point of its curve, and no one's key.
    let x = "_".repeat(42) + "8";
    let broken = json!({"kty": "OKP", "crv": "Ed25519", "kid": "one", "x": x});
    let (first, second) = (signing(1), signing(2));
    let provider = provider(&[
        elliptic,
        broken,
        public(&first, "one"),
        public(&second, "one"),
        public(&signing(3), "two"),
    ]);
    for key in [first, second] {
        let verified = provider.verify(&token(&key, "one", |_| {}), NOW).unwrap();
        assert_eq!(verified.caller.subject, "alice");
    }
    let wrong = "the token's signature is not valid";
    assert_eq!(
        refusal(&provider, &token(&signing(3), "one", |_| {})),
        wrong
    );
    let unknown = "the token is signed with an unknown key";
    assert_eq!(
        refusal(&provider, &token(&signing(1), "three", |_| {})),
        unknown
    );
}

#[test]
fn the_refusal_names_the_claim_that_is_missing() {
    let key = signing(1);
    let provider = provider(&[public(&key, "one")]);
    for (claim, expected) in [
        ("sub", "the token has no sub"),
        ("exp", "the token has no exp"),
        ("iat", "the token has no iat"),
        ("iss", "the token has no iss"),
        ("aud", "the token has no aud"),
    ] {
        let token = token(&key, "one", |claims| {
            claims.as_object_mut().unwrap().remove(claim);
        });
        assert_eq!(refusal(&provider, &token), expected);
    }
}

#[test]
fn published_keys_count_for_a_day() {
    let key = signing(1);
    let jwks = json!({"keys": [public(&key, "one")]}).to_string();
    let token = token(&key, "one", |claims| claims["exp"] = 200_000.into());
    let keys = PublishedKeys::read(&description().slug, &jwks, 1_000_000_000);
    let provider = Provider::published_by(description(), keys).unwrap();
    let thumbprint = provider.verify(&token, NOW).unwrap().key;
    assert!(provider.has_key(&thumbprint, NOW));
    assert!(!provider.has_key("another", NOW));
    let later = Timestamp::from_unix(1_001 + 24 * 60 * 60, 0);
    assert!(!provider.has_key(&thumbprint, later));
    let Err(Refusal::NoKey(unproven)) = provider.verify(&token, later) else {
        panic!("it does not count any more");
    };
    assert_eq!(unproven.failed, [""; 0]);
    let unasked = Provider::published_by(description(), None).unwrap();
    assert_eq!(
        refusal(&unasked, &token),
        "the token is signed with an unknown key"
    );
}

#[test]
fn what_no_key_could_sign_asks_for_none() {
    let provider = provider(&[public(&signing(1), "one")]);
    let secret = EncodingKey::from_secret(b"the public key, say");
    for kid in ["one", "other"] {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(kid.to_owned());
        let token = jsonwebtoken::encode(&header, &json!({"iss": "issuer"}), &secret).unwrap();
        let refused = provider.verify(&token, NOW);
        assert!(matches!(refused, Err(Refusal::Final(_))), "{refused:?}");
    }
    let failed = |token: &str| match provider.verify(token, NOW) {
        Err(Refusal::NoKey(unproven)) => (unproven.kid, unproven.failed.len()),
        other => panic!("{other:?}"),
    };
    let forged = token(&signing(2), "one", |_| {});
    assert_eq!(failed(&forged), ("one".to_owned(), 1));
    let unknown = token(&signing(2), "two", |_| {});
    assert_eq!(failed(&unknown), ("two".to_owned(), 0));
}
