//! Forged logout tokens, and other tokens sent in their place.

use serde_json::{Value, json};
use tests::{IssuerServer, Signer, clock};

use super::logout::{EVENT, PATH, claims, form, kept, refused, revoked, send, sign, start};

#[test]
fn nothing_else_is_a_logout() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    let signer = issuer.signer();
    let changed = |name: &str, value: Value| {
        let mut claims = claims(&issuer, "one");
        claims[name] = value;
        sign(&signer, &claims)
    };
    let good = claims(&issuer, "one");
    let no_logout = "the token is not a logout token";
    let typed = |typ: &str| signer.sign_as(typ, &good);
    let unsigned = {
        let token = sign(&signer, &good);
        let (_, rest) = token.split_once('.').unwrap();
        let (claims, _) = rest.split_once('.').unwrap();
        format!("eyJhbGciOiJub25lIiwia2lkIjoiZmlyc3QifQ.{claims}.")
    };
    let long = changed("x", json!("x".repeat(16 * 1024)));
    for (token, why) in [
        (
            changed("aud", json!("shell")),
            "the token is for another audience",
        ),
        (
            changed("aud", json!(["web", "shell"])),
            "the token is for another audience",
        ),
        (
            changed("iss", json!("https://id.example")),
            "the token is from another issuer",
        ),
        (
            changed("exp", json!(clock::seconds() - 1)),
            "the token has expired",
        ),
        (
            changed("iat", json!(clock::seconds() + 60)),
            "the token's iat is in the future",
        ),
        (changed("iat", Value::Null), "the token has no iat"),
        (changed("jti", Value::Null), "the token has no jti"),
        (
            changed("nonce", json!("n")),
            "a logout token must have no nonce",
        ),
        (changed("events", json!({EVENT: true})), no_logout),
        (changed("events", json!([EVENT])), no_logout),
        (typed("at+jwt"), no_logout),
        (typed("secevent+jwt"), no_logout),
        (issuer.token(&shell, "acme", "alice"), no_logout),
        (unsigned, "the token is not a JWT"),
        (long, "the token is too long"),
        ("a.b.c".to_owned(), "the token is not a JWT"),
        (String::new(), "logout_token is missing"),
        (
            sign(&Signer::ed25519("first"), &good),
            "the token's signature is not valid",
        ),
    ] {
        refused(send(&shell, PATH, &token), why);
    }
    let good = sign(&signer, &good);
    let none = "logout_token is missing";
    refused(form(&shell, PATH, format!("token={good}")), none);
    refused(
        form(&shell, PATH, json!({"logout_token": good}).to_string()),
        none,
    );
    refused(
        form(
            &shell,
            PATH,
            format!("logout_token={good}&logout_token={good}"),
        ),
        "logout_token is sent more than once",
    );
    assert_eq!(kept(&shell), []);
    assert_eq!(revoked(&shell), []);
    // A logout token identifies no caller.
    let answer = shell.get("/v1/apps").bearing(&good).send();
    answer.expect_problem(401, "unauthenticated");
    // The log has the reason, and no token.
    let causes: Vec<_> = shell
        .log_lines()
        .into_iter()
        .filter_map(|line| line["cause"].as_str().map(str::to_owned))
        .collect();
    for cause in ["the token is for another audience", no_logout, none] {
        assert!(causes.iter().any(|said| said == cause), "{causes:?}");
    }
    assert!(!shell.output().contains(&good));
    assert!(!shell.output().contains("eyJ"));
}
