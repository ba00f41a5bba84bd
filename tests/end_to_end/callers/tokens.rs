//! Which tokens authenticate a caller.

use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, JwkSet},
};
use p256::pkcs8::EncodePrivateKey;
use serde_json::json;
use tests::{Answer, Setup, Shell};
use uuid::Uuid;
use xtask::issuer::{Claims, Issuer};

fn with(shell: &Shell, change: impl FnOnce(&mut Claims)) -> Answer {
    let mut claims = shell.claims("acme", "alice");
    change(&mut claims);
    shell.get("/v1/apps").bearing(&shell.sign(&claims)).send()
}

#[test]
fn a_good_token_is_accepted() {
    let shell = Shell::start();
    with(&shell, |_| {}).expect(200);
    with(&shell, |claims| claims.sid = Some("a-session".to_owned())).expect(200);
    // The subject need not be in `users`.
    with(&shell, |claims| claims.sub = "nobody we know".to_owned()).expect(200);
}

#[test]
fn no_token_is_answered_with_a_challenge() {
    let shell = Shell::start();
    let token = shell.token("acme", "alice");
    for answer in [
        shell.get("/v1/apps").send(),
        shell.get("/v1/apps").header("authorization", "").send(),
        shell.get("/v1/apps").header("authorization", &token).send(),
        shell
            .get("/v1/apps")
            .header("authorization", "Basic YTpi")
            .send(),
        shell.get("/v1/apps").bearing(&token).bearing(&token).send(),
    ] {
        let answer = answer.expect_problem(401, "unauthenticated");
        assert_eq!(
            answer.header("www-authenticate"),
            Some(r#"Bearer realm="shell""#)
        );
    }
}

#[test]
fn the_scheme_is_case_insensitive() {
    let shell = Shell::start();
    let token = shell.token("acme", "alice");
    shell
        .get("/v1/apps")
        .header("authorization", format!("bearer {token}"))
        .send()
        .expect(200);
}

#[track_caller]
fn expect_refusal(answer: Answer, says: &str) {
    let answer = answer.expect_problem(401, "unauthenticated");
    assert!(answer.body.contains(says), "{}", answer.body);
    let challenge = answer.header("www-authenticate").expect("a challenge");
    assert!(
        challenge.contains(r#"error="invalid_token""#),
        "{challenge}"
    );
}

#[test]
fn claims_that_do_not_fit_are_refused() {
    let shell = Shell::start();
    expect_refusal(
        with(&shell, |claims| claims.exp = claims.iat - 1),
        "has expired",
    );
    expect_refusal(
        with(&shell, |claims| claims.nbf = claims.iat + 120),
        "not valid yet",
    );
    expect_refusal(
        with(&shell, |claims| claims.iat += 120),
        "iat is in the future",
    );
    expect_refusal(
        with(&shell, |claims| claims.iat = claims.exp - 24 * 60 * 60 - 1),
        "longer than the longest that is allowed",
    );
    expect_refusal(
        with(&shell, |claims| claims.iss = "http://elsewhere".to_owned()),
        "another issuer",
    );
    expect_refusal(
        with(&shell, |claims| claims.aud = "another".to_owned()),
        "another audience",
    );
    expect_refusal(
        with(&shell, |claims| claims.sub = String::new()),
        "sub must have",
    );
    expect_refusal(
        with(&shell, |claims| {
            claims.organization_id = Some("acme".to_owned())
        }),
        "organization_id must be a UUID",
    );
}

#[test]
fn a_missing_claim_is_told_by_its_name() {
    let shell = Shell::start();
    for name in ["exp", "iat", "iss", "aud", "sub"] {
        let mut claims = serde_json::to_value(shell.claims("acme", "alice")).unwrap();
        claims.as_object_mut().unwrap().remove(name);
        expect_refusal(
            shell.get("/v1/apps").bearing(&shell.sign(&claims)).send(),
            &format!("the token has no {name}"),
        );
    }
}

#[test]
fn other_tokens_than_access_tokens_are_refused() {
    let shell = Shell::start();
    for (name, value) in [
        (
            "events",
            json!({"http://schemas.openid.net/event/backchannel-logout": {}}),
        ),
        ("request_body_sha256", json!("00")),
        ("typ", json!("ID")),
        ("typ", json!("Refresh")),
    ] {
        let mut claims = serde_json::to_value(shell.claims("acme", "alice")).unwrap();
        claims[name] = value;
        let answer = shell.get("/v1/apps").bearing(&shell.sign(&claims)).send();
        expect_refusal(answer, "not an access token");
    }
}

#[test]
fn forged_tokens_are_refused() {
    let shell = Shell::start();
    let stranger = Issuer::throwaway().unwrap();
    let foreign = stranger.sign(&shell.claims("acme", "alice")).unwrap();
    expect_refusal(
        shell.get("/v1/apps").bearing(&foreign).send(),
        "unknown key",
    );

    let good = shell.token("acme", "alice");
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (header, _) = signed.split_once('.').unwrap();
    let other = shell.token("globex", "carol");
    let other_claims = other.split('.').nth(1).unwrap();
    expect_refusal(
        shell
            .get("/v1/apps")
            .bearing(&format!("{header}.{other_claims}.{signature}"))
            .send(),
        "signature is not valid",
    );
    for malformed in ["x", "..", "a.b.c", signed, &"x".repeat(20_000)] {
        shell.get("/v1/apps").bearing(malformed).send().expect(401);
    }
}

#[test]
fn the_key_decides_the_algorithm() {
    let shell = Shell::start();
    let claims = shell.claims("acme", "alice");
    let good = shell.sign(&claims);
    let kid = jsonwebtoken::decode_header(&good).unwrap().kid;
    // A public key is not secret: a token signed with it as an HMAC key must be refused.
    let mut header = Header::new(Algorithm::HS256);
    header.kid = kid;
    let symmetric =
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(b"x")).unwrap();
    shell.get("/v1/apps").bearing(&symmetric).send().expect(401);
    // {"alg":"none"}
    let payload = good.split('.').nth(1).unwrap();
    shell
        .get("/v1/apps")
        .bearing(&format!("eyJhbGciOiJub25lIn0.{payload}."))
        .send()
        .expect(401);
}

#[test]
fn a_token_without_an_organization_that_exists_gets_nothing() {
    let shell = Shell::start();
    with(&shell, |claims| claims.organization_id = None).expect_problem(403, "forbidden");
    let nowhere = Uuid::now_v7().to_string();
    with(&shell, |claims| claims.organization_id = Some(nowhere)).expect_problem(403, "forbidden");
}

#[test]
fn a_token_for_an_organization_of_another_provider_is_refused() {
    let shell = Shell::start();
    shell
        .database()
        .as_superuser()
        .batch_execute(
            "INSERT INTO shell.identity_providers (id, slug)
             VALUES ('01970000-0000-7000-8000-0000000000ff', 'other');
             UPDATE shell.organizations
             SET identity_provider_id = '01970000-0000-7000-8000-0000000000ff' WHERE slug = 'globex'",
        )
        .unwrap();
    shell.get("/v1/apps").by("acme", "alice").send().expect(200);
    shell
        .get("/v1/apps")
        .by("globex", "carol")
        .send()
        .expect_problem(403, "forbidden");
}

/// A Shell that trusts another kind of key, and a header for its tokens.
fn trusting(algorithm: Algorithm, key: &EncodingKey) -> (Shell, Header) {
    let mut public = Jwk::from_encoding_key(key, algorithm).unwrap();
    public.common.key_id = Some("elsewhere".to_owned());
    let jwks = serde_json::to_string(&JwkSet { keys: vec![public] }).unwrap();
    let mut header = Header::new(algorithm);
    header.kid = Some("elsewhere".to_owned());
    let shell = Setup::seeded()
        .variable("oidc_jwks", jwks)
        .variable("oidc_issuer", "https://id.example/realms/one")
        .variable("oidc_audience", "the-shell")
        .start();
    (shell, header)
}

fn check(algorithm: Algorithm, key: &EncodingKey) {
    let (shell, header) = trusting(algorithm, key);
    let mut claims = shell.claims("acme", "alice");
    claims.iss = "https://id.example/realms/one".to_owned();
    claims.aud = "the-shell".to_owned();
    let token = jsonwebtoken::encode(&header, &claims, key).unwrap();
    shell.get("/v1/apps").bearing(&token).send().expect(200);
    // A critical header that is not supported is refused (RFC 7515, section 4.1.11).
    let mut critical = header.clone();
    critical.crit = Some(vec!["exp".to_owned()]);
    let token = jsonwebtoken::encode(&critical, &claims, key).unwrap();
    shell.get("/v1/apps").bearing(&token).send().expect(401);
    // Tokens of the development issuer are no longer valid here.
    shell.get("/v1/apps").by("acme", "alice").send().expect(401);
}

#[test]
fn providers_may_sign_with_rsa() {
    let key = rsa::RsaPrivateKey::new(&mut rand_core::OsRng, 2048).unwrap();
    let document = rsa::pkcs1::EncodeRsaPrivateKey::to_pkcs1_der(&key).unwrap();
    let key = EncodingKey::from_rsa_der(document.as_bytes());
    check(Algorithm::RS256, &key);
    check(Algorithm::PS256, &key);
}

#[test]
fn providers_may_sign_with_elliptic_curves() {
    let key = p256::SecretKey::random(&mut rand_core::OsRng)
        .to_pkcs8_der()
        .unwrap();
    check(Algorithm::ES256, &EncodingKey::from_ec_der(key.as_bytes()));
}

#[test]
fn keys_that_are_too_weak_are_ignored_and_the_log_says_so() {
    let key = rsa::RsaPrivateKey::new(&mut rand_core::OsRng, 1024).unwrap();
    let document = rsa::pkcs1::EncodeRsaPrivateKey::to_pkcs1_der(&key).unwrap();
    let weak = EncodingKey::from_rsa_der(document.as_bytes());
    let mut public = Jwk::from_encoding_key(&weak, Algorithm::RS256).unwrap();
    public.common.key_id = Some("weak".to_owned());
    let good = Issuer::throwaway().unwrap();
    let mut set: JwkSet = serde_json::from_str(good.jwks()).unwrap();
    set.keys.push(public);
    let shell = Setup::seeded()
        .variable("oidc_jwks", serde_json::to_string(&set).unwrap())
        .variable("oidc_issuer", xtask::issuer::ISSUER)
        .variable("oidc_audience", xtask::issuer::AUDIENCE)
        .start();

    let claims = shell.claims("acme", "alice");
    let token = good.sign(&claims).unwrap();
    shell.get("/v1/apps").bearing(&token).send().expect(200);
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some("weak".to_owned());
    let token = jsonwebtoken::encode(&header, &claims, &weak).unwrap();
    expect_refusal(shell.get("/v1/apps").bearing(&token).send(), "unknown key");

    let output = shell.output();
    let warnings: Vec<_> = output
        .lines()
        .filter(|line| line.contains("has fewer than 2,048 bits"))
        .collect();
    assert!(!warnings.is_empty(), "{output}");
    for line in warnings {
        assert!(line.contains(r#""kid":"weak""#), "{line}");
    }
}
