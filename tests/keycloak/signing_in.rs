//! A user that signs in at Keycloak, in any way, is a caller; Keycloak's other tokens identify no caller.

use serde_json::{Value, json};
use tests::{Browser, Keycloak, Shell};
use xtask::keycloak::PASSWORD_CLIENT;

/// The apps that are enabled for the organization of a token.
#[track_caller]
fn apps(shell: &Shell, token: &str) -> Vec<String> {
    shell
        .get("/v1/apps")
        .bearing(token)
        .send()
        .expect(200)
        .slugs()
}

fn text<'v>(tokens: &'v Value, key: &str) -> &'v str {
    tokens[key]
        .as_str()
        .unwrap_or_else(|| panic!("no {key} in {tokens}"))
}

#[test]
fn a_person_by_password_is_a_caller() {
    let Some(keycloak) = Keycloak::of_the_run() else {
        return;
    };
    let _settings = keycloak.unchanged();
    let shell = keycloak.setup().start();
    let token = keycloak.token("alice", "");
    assert_eq!(apps(&shell, &token), ["chat", "drive", "hrm", "shell"]);
    let own = shell.get("/v1/organizations/acme").bearing(&token).send();
    assert_eq!(own.expect(200).json()["slug"], "acme");
    // The Shell knows the user by `sub`.
    let question = json!({
        "subject": {"type": "user", "id": "alice"},
        "resource": {"type": "document", "id": "roadmap"},
        "action": {"name": "write"},
    });
    let answer = shell
        .request("POST", "/access/v1/evaluation")
        .bearing(&token);
    let answer = answer.json(&question).send().expect(200);
    assert_eq!(answer.json()["decision"], true);
}

#[test]
fn a_person_in_a_browser_is_a_caller() {
    let Some(keycloak) = Keycloak::of_the_run() else {
        return;
    };
    let _settings = keycloak.unchanged();
    let shell = keycloak.setup().start();
    let tokens = Browser::new(&keycloak.access).sign_in("carol", "organization", None);
    let own = shell.get("/v1/organizations/globex");
    let own = own
        .bearing(text(&tokens, "access_token"))
        .send()
        .expect(200);
    assert_eq!(own.json()["slug"], "globex");

    // A code can only be used by the client that requested it.
    let other = "x".repeat(43);
    let refused = Browser::new(&keycloak.access).sign_in("carol", "", Some(&other));
    assert_eq!(refused["error"], "invalid_grant", "{refused}");
}

#[test]
fn a_service_account_is_a_caller() {
    let Some(keycloak) = Keycloak::of_the_run() else {
        return;
    };
    let shell = keycloak.setup().start();
    let token = keycloak.service_token("svc-drive");
    let own = shell
        .get("/v1/organizations/platform")
        .bearing(&token)
        .send();
    assert_eq!(own.expect(200).json()["slug"], "platform");
    // It has the rights of the seed's `svc-drive`, including acting for other organizations.
    let heartbeat = shell.request("POST", "/v1/apps/drive/heartbeat");
    let heartbeat = heartbeat
        .bearing(&token)
        .json(&json!({"ttl_seconds": 60, "health": "healthy"}))
        .send();
    assert_eq!(heartbeat.status / 100, 2, "{}", heartbeat.body);
    let acting = shell.get("/v1/apps").header("shell-organization", "acme");
    acting.bearing(&token).send().expect(200);
}

#[test]
fn id_and_refresh_tokens_are_no_callers() {
    let Some(keycloak) = Keycloak::of_the_run() else {
        return;
    };
    let shell = keycloak.setup().start();
    let by_password = keycloak.tokens("alice", "");
    let in_a_browser = Browser::new(&keycloak.access).sign_in("bob", "", None);
    for tokens in [&by_password, &in_a_browser] {
        for kind in ["id_token", "refresh_token"] {
            let answer = shell.get("/v1/apps").bearing(text(tokens, kind)).send();
            answer.expect_problem(401, "unauthenticated");
        }
        apps(&shell, text(tokens, "access_token"));
    }
    let lines = shell.log_lines();
    assert!(lines.iter().all(|line| line["status"] != 503), "{lines:?}");

    // An ID token's audience is the client: only its type distinguishes it from a token that is meant for this Shell.
    let setup = keycloak.setup();
    let shell = setup.variable("oidc_audience", PASSWORD_CLIENT).start();
    let answer = shell
        .get("/v1/apps")
        .bearing(text(&by_password, "id_token"))
        .send();
    let problem = answer.expect_problem(401, "unauthenticated").json();
    assert_eq!(problem["detail"], "the token is not an access token");
}
