//! Events of identity providers that are sent with a token of the realm instead of a signature.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::{Answer, IssuerServer, Setup, Shell, Signer, WEBHOOK, clock, signature, user_created};

const PUBLIC_URL: &str = "https://shell.example";
const SECRET: &str = "a secret of the webhook";

/// The issuer's name ends with the realm.
fn start(issuer: &IssuerServer) -> Shell {
    let setup = Setup::seeded().trusting(issuer);
    let setup = setup.variable("public_url", PUBLIC_URL);
    setup.variable("keycloak_webhook_secret", SECRET).start()
}

fn body(id: &str) -> String {
    let mut event = user_created(id, &json!({"username": id, "enabled": true}));
    event["realmName"] = json!("test");
    event.to_string()
}

/// The claims that the extension signs for a body that it sends to an address.
fn claims(issuer: &IssuerServer, path: &str, body: &str) -> Value {
    let now = clock::seconds();
    json!({"iss": issuer.issuer(), "aud": format!("{PUBLIC_URL}{path}"), "iat": now, "exp": now + 300,
        "jti": "5ed1812a-3298-4bed-8f0b-026c944f689f",
        "request_body_sha256": base16ct::lower::encode_string(&Sha256::digest(body))})
}

fn send(shell: &Shell, path: &str, body: &str, token: &str) -> Answer {
    shell.delivery(path, body).bearing(token).send()
}

#[test]
fn a_token_of_the_realm_for_this_address_and_body_is_enough() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    let one = body("one");
    for path in [WEBHOOK, &format!("{WEBHOOK}/default")] {
        let token = issuer.signer().sign(&claims(&issuer, path, &one));
        let answer = send(&shell, path, &one, &token).expect(202);
        assert_eq!(answer.json()["status"], "applied");
    }
    // These tokens are signed with the realm's keys, like those of its users, and the keys are rotated.
    issuer.rotate(Signer::rsa("second"));
    let two = body("two");
    let token = issuer.signer().sign(&claims(&issuer, WEBHOOK, &two));
    send(&shell, WEBHOOK, &two, &token).expect(202);
    assert_eq!(issuer.fetched().len(), 2);
}

#[test]
fn no_other_token_is() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    let (one, two) = (body("one"), body("two"));
    let check = |why: &str, token: &str| {
        let answer = send(&shell, WEBHOOK, &one, token);
        assert_eq!(answer.status, 401, "{why}: {answer:?}");
        assert!(answer.header("www-authenticate").is_some(), "{why}");
    };
    let changed = |name: &str, value: Value| {
        let mut claims = claims(&issuer, WEBHOOK, &one);
        claims[name] = value;
        issuer.signer().sign(&claims)
    };
    check(
        "another address",
        &changed("aud", json!(format!("{PUBLIC_URL}{WEBHOOK}/default"))),
    );
    check("a caller's audience", &changed("aud", json!("shell")));
    check(
        "two audiences",
        &changed("aud", json!([format!("{PUBLIC_URL}{WEBHOOK}"), "shell"])),
    );
    check(
        "another issuer",
        &changed("iss", json!("https://id.example/realms/test")),
    );
    check("over", &changed("exp", json!(1_000)));
    check("no end", &changed("exp", Value::Null));
    check("no body", &changed("request_body_sha256", Value::Null));
    check("a caller", &changed("typ", json!("Bearer")));
    check(
        "another body",
        &issuer.signer().sign(&claims(&issuer, WEBHOOK, &two)),
    );
    check(
        "a caller's token",
        &issuer.token(&shell, "platform", "admin"),
    );
    let forged = Signer::ed25519("first").sign(&claims(&issuer, WEBHOOK, &one));
    check("another key", &forged);
    check("no token", "a.b.c");
    // And a delivery's token identifies no caller.
    let token = issuer.signer().sign(&claims(&issuer, WEBHOOK, &one));
    let answer = shell.get("/v1/apps").bearing(&token).send();
    answer.expect_problem(401, "unauthenticated");
}

#[test]
fn where_a_signature_comes_too_both_must_fit() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    let one = body("one");
    let good = issuer.signer().sign(&claims(&issuer, WEBHOOK, &one));
    let other = issuer.signer().sign(&claims(&issuer, WEBHOOK, "{}"));
    let both = |signature: &str, token: &str| {
        let delivery = shell.delivery(WEBHOOK, &one).bearing(token);
        delivery.header("x-keycloak-signature", signature).send()
    };
    let signed = signature(SECRET, &one);
    both(&signature("another", &one), &good).expect_problem(401, "unauthentic");
    both(&signed, &other).expect_problem(401, "unauthentic");
    both(&signed, &good).expect(202);
}
