//! Events of identity providers: how the provider is identified, and their answers.

use std::collections::BTreeSet;

use identity_sync::keycloak::read_types;
use serde_json::{Value, json};
use tests::{Answer, Setup, Shell, WEBHOOK, event, signature, user_created};
use xtask::keycloak::webhooks::EVENT_TYPES;

const SECRET: &str = "a secret of the webhook";

fn start() -> Shell {
    let setup = Setup::seeded().realm("veni");
    setup.variable("keycloak_webhook_secret", SECRET).start()
}

/// The event of a user that is not known here.
fn somebody() -> Value {
    user_created(
        "5ed1812a-3298-4bed-8f0b-026c944f689f",
        &json!({"username": "dave", "email": "dave@initech.example", "enabled": true}),
    )
}

/// The stored events of the inbox, in the order of arrival.
fn kept(shell: &Shell) -> Vec<(String, String, Option<String>)> {
    let statement =
        "SELECT id::text, status::text, reason FROM shell.webhook_events ORDER BY inbox_id";
    let rows = shell.database().as_superuser().query(statement, &[]);
    let read = |row: &postgres::Row| (row.get(0), row.get(1), row.get(2));
    rows.unwrap().iter().map(read).collect()
}

fn send(shell: &Shell, path: &str, body: &str, signed: &[&str]) -> Answer {
    let mut request = shell.delivery(path, body);
    for signature in signed {
        request = request.header("x-keycloak-signature", signature);
    }
    request.send()
}

fn status(answer: Answer) -> String {
    let answer = answer.expect(202).json();
    answer["status"].as_str().unwrap().to_owned()
}

#[test]
fn an_event_is_the_provider_s_that_signed_it() {
    let shell = start();
    let body = somebody().to_string();
    let good = signature(SECRET, &body);
    // The SHA-1 signature of an empty object with the same secret.
    let sha1 = "5f6bfe79d9512f94be46105030e4c77a8cd05a52";
    for (body, signed) in [
        (body.as_str(), vec![]),
        (&body, vec![""]),
        (&body, vec!["00"]),
        (&body, vec![signature("another", &body).as_str()]),
        (&body, vec![signature("", &body).as_str()]),
        (&body, vec![good.as_str(), good.as_str()]),
        (&body, vec![&good[..62]]),
        (&format!("{body} "), vec![good.as_str()]),
        ("{}", vec![sha1]),
    ] {
        let answer = send(&shell, WEBHOOK, body, &signed);
        let answer = answer.expect_problem(401, "unauthentic");
        assert!(answer.header("www-authenticate").is_some());
    }
    // A caller's token does not replace the signature, whoever the caller is.
    let request = shell.delivery(WEBHOOK, &body).by("platform", "admin");
    request.send().expect_problem(401, "unauthenticated");
    assert_eq!(kept(&shell), []);

    assert_eq!(status(send(&shell, WEBHOOK, &body, &[&good])), "applied");
    let named = format!("{WEBHOOK}/default");
    let again = send(&shell, &named, &body, &[&good.to_uppercase()]);
    assert_eq!(status(again), "applied");
    assert_eq!(kept(&shell).len(), 1);
}

#[test]
fn without_a_secret_nobody_is_the_provider() {
    let setup = Setup::seeded().realm("veni");
    let shell = setup.variable("keycloak_webhook_secret", "").start();
    let body = somebody().to_string();
    let answer = send(&shell, WEBHOOK, &body, &[&signature("", &body)]);
    answer.expect_problem(401, "unauthentic");
}

#[test]
fn each_provider_has_its_own_secret_and_realm() {
    let setup = Setup::seeded().realm("veni");
    let statement = "INSERT INTO shell.identity_providers (id, slug, issuer, audience, slot) VALUES
        (gen_random_uuid(), 'partner', 'https://id.example/realms/partner', 'shell', 2),
        (gen_random_uuid(), 'silent', 'https://id.example/realms/silent', 'shell', NULL)";
    setup
        .database()
        .as_superuser()
        .batch_execute(statement)
        .unwrap();
    let setup = setup.variable("keycloak_webhook_secret", SECRET);
    let shell = setup
        .variable("keycloak2_webhook_secret", "another secret")
        .start();
    let partner = format!("{WEBHOOK}/partner");
    let mut of_partner = somebody();
    of_partner["realmName"] = json!("partner");
    let body = of_partner.to_string();
    let good = signature("another secret", &body);
    for (path, secret) in [(partner.as_str(), SECRET), (WEBHOOK, "another secret")] {
        let answer = send(&shell, path, &body, &[&signature(secret, &body)]);
        answer.expect_problem(401, "unauthentic");
    }
    assert_eq!(status(send(&shell, &partner, &body, &[&good])), "applied");
    let silent = format!("{WEBHOOK}/silent");
    for secret in ["", SECRET] {
        let answer = send(&shell, &silent, &body, &[&signature(secret, &body)]);
        answer.expect_problem(401, "unauthentic");
    }
    for unknown in ["nobody", "Default", "%FF"] {
        let answer = send(&shell, &format!("{WEBHOOK}/{unknown}"), &body, &[&good]);
        assert_eq!(answer.status, 404, "{unknown}: {answer:?}");
    }
}

#[test]
fn what_cannot_be_applied_is_kept_and_not_sent_again() {
    let shell = start();
    let mut of_another = somebody();
    of_another["realmName"] = json!("master");
    let mut without = somebody();
    without.as_object_mut().unwrap().remove("resourcePath");
    for body in [
        of_another.to_string(),
        without.to_string(),
        "[]".to_owned(),
        "{".to_owned(),
        "{}".to_owned(),
        "\u{0}".to_owned(),
        event("admin.USER-CREATE", json!({"time": -1})).to_string(),
        event("admin.USER-CREATE", json!({"id": "x".repeat(256)})).to_string(),
        event(&"x".repeat(256), json!({})).to_string(),
        "[".repeat(1024 * 1024),
    ] {
        let answer = send(&shell, WEBHOOK, &body, &[&signature(SECRET, &body)]);
        let answer = answer.expect(202).json();
        assert_eq!(answer["status"], "failed", "{body:.200}");
        assert!(answer["reason"].is_string(), "{answer}");
    }
    let kept = kept(&shell);
    assert_eq!(kept.len(), 10);
    assert!(
        kept.iter()
            .all(|(_, status, reason)| status == "failed" && reason.is_some())
    );
    assert_eq!(
        kept.iter()
            .filter(|(id, ..)| id.starts_with("sha256:"))
            .count(),
        8
    );
    // The log reports it, without personal data.
    let lines = shell.log_lines();
    assert!(lines.iter().all(|line| {
        line["cause"]
            .as_str()
            .unwrap()
            .starts_with("kept as failed")
    }));
    assert!(!shell.output().contains("dave"));
}

#[test]
fn what_says_nothing_is_kept_where_it_is_not_known_and_else_not() {
    let shell = start();
    for useless in [
        "access.REFRESH_TOKEN",
        "access.LOGIN_ERROR",
        "admin.COMPONENT-UPDATE",
    ] {
        let answer = shell.deliver(&event(useless, json!({}))).expect(202).json();
        assert_eq!(answer, json!({"status": "ignored"}));
    }
    assert_eq!(kept(&shell), []);
    for unknown in [
        "access.CLIENT_UPDATE",
        "admin.REALM-UPDATE",
        "system.NEW",
        "x",
    ] {
        assert_eq!(status(shell.deliver(&event(unknown, json!({})))), "ignored");
    }
    assert_eq!(kept(&shell).len(), 4);
}

#[test]
fn a_body_is_bounded_and_a_method_is_named() {
    let shell = start();
    let body = " ".repeat(1024 * 1024 + 1);
    let answer = send(&shell, WEBHOOK, &body, &[&signature(SECRET, &body)]);
    answer.expect_problem(413, "too-large");
    let answer = shell.get(WEBHOOK).send();
    answer.expect_problem(405, "method-not-allowed");
}

#[test]
fn a_keycloak_that_is_started_here_is_asked_to_tell_what_is_read() {
    let asked = BTreeSet::from(EVENT_TYPES);
    assert_eq!(asked, read_types().collect());
    assert_eq!(asked.len(), EVENT_TYPES.len());
}
