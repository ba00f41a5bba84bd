//! Offline sessions: one that shares its `sid` with a session that was logged out continues with later tokens.

use serde_json::Value;
use tests::{Browser, clock};
use xtask::keycloak::{self, BROWSER_CLIENT};

use crate::ended::{Ended, Way, access_token, claims};

#[test]
fn an_offline_session_goes_on_after_the_logout_of_its_browser() {
    let Some(ended) = Ended::start(Way::LogoutTokens) else {
        return;
    };
    let mut person = ended.person();
    let mut browser = Browser::new(&ended.keycloak.access);
    person.tokens = browser.sign_in(&person.name, "", None);
    // In the same browser, without a password.
    let offline = browser.sign_in(&person.name, "offline_access", None);
    let session = |tokens: &Value| claims(access_token(tokens))["sid"].clone();
    assert_eq!(session(&offline), session(&person.tokens));

    let logged_out = "a logout by browser";
    ended.ends_of(logged_out, &person, |_, person| {
        browser.sign_out(&person.tokens);
    });
    ended.refuse("issued before the logout", access_token(&offline));

    clock::wait_for_the_next_second();
    let refreshed = refresh(&ended, &offline);
    assert_eq!(session(&refreshed), session(&offline));
    ended.let_in("refreshed after the logout", access_token(&refreshed));
}

/// The token endpoint's answer to a refresh token.
fn refresh(ended: &Ended, tokens: &Value) -> Value {
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", BROWSER_CLIENT),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
    ];
    let url = format!("{}/token", ended.keycloak.access.protocol());
    let mut answer = keycloak::agent().post(&url).send_form(form).unwrap();
    answer.body_mut().read_json().unwrap()
}
