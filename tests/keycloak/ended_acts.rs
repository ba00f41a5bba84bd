//! Actions of people and administrators at Keycloak that end a session, or a token.

use serde_json::{Value, json};
use tests::{Browser, clock};
use xtask::keycloak::{self, PASSWORD_CLIENT};

use crate::ended::{Ended, Person, access_token, claims};

const NOTHING: Value = Value::Null;

pub fn administrator_ends_the_session(ended: &Ended, person: &Person) {
    let session = claims(person.token())["sid"].as_str().unwrap().to_owned();
    ended.change("DELETE", &format!("/sessions/{session}"), &NOTHING);
}

pub fn administrator_ends_all_sessions(ended: &Ended, person: &Person) {
    let path = format!("/users/{}/logout", person.id);
    ended.change("POST", &path, &NOTHING);
}

pub fn administrator_logs_the_realm_out(ended: &Ended, _: &Person) {
    ended.change("POST", "/logout-all", &NOTHING);
}

/// The user signs in again below, so the account is enabled again once the event has arrived.
pub fn administrator_disables_the_user(ended: &Ended, person: &Person) {
    set_enabled(ended, person, false);
}

pub fn set_enabled(ended: &Ended, person: &Person, enabled: bool) {
    let path = format!("/users/{}", person.id);
    ended.change("PUT", &path, &json!({ "enabled": enabled }));
}

pub fn administrator_deletes_the_user(ended: &Ended, person: &Person) {
    ended.change("DELETE", &format!("/users/{}", person.id), &NOTHING);
}

pub fn administrator_resets_the_password(ended: &Ended, person: &Person) {
    let password = &ended.keycloak.access.user_password;
    let password = json!({"type": "password", "value": password, "temporary": false});
    let path = format!("/users/{}/reset-password", person.id);
    ended.change("PUT", &path, &password);
}

pub fn access_token_is_revoked(ended: &Ended, person: &Person) {
    revoke(ended, person.token());
}

pub fn refresh_token_is_revoked(ended: &Ended, person: &Person) {
    revoke(ended, person.tokens["refresh_token"].as_str().unwrap());
}

/// The client revokes a token at Keycloak (RFC 7009).
fn revoke(ended: &Ended, token: &str) {
    let url = format!("{}/revoke", ended.keycloak.access.protocol());
    let form = [("client_id", PASSWORD_CLIENT), ("token", token)];
    let answer = keycloak::agent().post(&url).send_form(form).unwrap();
    assert_eq!(answer.status(), 200);
}

/// In a browser, in which the person also signs in.
pub fn password_is_changed(ended: &Ended, person: &Person) {
    let mut browser = Browser::new(&ended.keycloak.access);
    browser.sign_in(&person.name, "", None);
    browser.change_password();
}

/// With the account page, in another session.
pub fn person_signs_out_all_others(ended: &Ended, person: &Person) {
    let own = ended.keycloak.tokens(&person.name, "");
    let token = access_token(&own);
    let answer = ended
        .keycloak
        .call("DELETE", "/account/sessions", token, &NOTHING);
    assert_eq!(answer.status, 204, "{}", answer.body);
}

/// What the user granted to the client, including an offline session.
pub fn administrator_revokes_the_client(ended: &Ended, person: &Person) {
    let path = format!("/users/{}/consents/{PASSWORD_CLIENT}", person.id);
    ended.change("DELETE", &path, &NOTHING);
}

/// Sets "Not before" to now.
pub fn administrator_sets_the_moment(ended: &Ended, _: &Person) {
    // Tokens issued in that same second stay valid.
    clock::wait_for_the_next_second();
    ended.change("PUT", "", &json!({ "notBefore": clock::seconds() }));
}

/// Somebody tries wrong passwords.
pub fn person_is_locked_out(ended: &Ended, person: &Person) {
    let settings = |on: bool| {
        let settings = json!({
            "bruteForceProtected": on, "permanentLockout": on, "failureFactor": 2,
            "quickLoginCheckMilliSeconds": 0,
        });
        ended.change("PUT", "", &settings);
    };
    settings(true);
    let url = format!("{}/token", ended.keycloak.access.protocol());
    let form = [
        ("grant_type", "password"),
        ("client_id", PASSWORD_CLIENT),
        ("username", &person.name),
        ("password", "a guess"),
    ];
    let path = format!("/users/{}", person.id);
    // Keycloak counts failures a moment after its answer.
    ended.until("the user is disabled", || {
        let answer = keycloak::agent().post(&url).send_form(form).unwrap();
        assert!(answer.status().is_client_error());
        let user = ended.keycloak.admin().get(&path).unwrap().unwrap();
        (user["enabled"] == json!(false)).then_some(())
    });
    settings(false);
}
