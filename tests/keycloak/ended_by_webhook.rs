//! The webhook reports all ended sessions.

use serde_json::{Value, json};
use tests::clock;
use xtask::keycloak::PASSWORD_CLIENT;

use crate::{
    ended::{Ended, Way, log_out},
    ended_acts::{
        access_token_is_revoked, administrator_deletes_the_user, administrator_disables_the_user,
        administrator_ends_all_sessions, administrator_ends_the_session,
        administrator_logs_the_realm_out, administrator_resets_the_password,
        administrator_revokes_the_client, administrator_sets_the_moment, password_is_changed,
        person_is_locked_out, person_signs_out_all_others, refresh_token_is_revoked, set_enabled,
    },
};

#[test]
fn the_webhook_tells_of_what_people_do() {
    let Some(ended) = Ended::start(Way::Webhook) else {
        return;
    };
    ended.ends("a logout by refresh token", log_out);
    ended.logs_out_by_browser();
    ended.ends("the password is changed", password_is_changed);
    ended.ends("all others are signed out", person_signs_out_all_others);
    ended.ends("the access token is revoked", access_token_is_revoked);
    ended.ends("the refresh token is revoked", refresh_token_is_revoked);
}

#[test]
fn the_webhook_tells_of_what_administrators_do() {
    let Some(ended) = Ended::start(Way::Webhook) else {
        return;
    };
    ended.ends("one session is ended", administrator_ends_the_session);
    ended.ends("all sessions are ended", administrator_ends_all_sessions);
    ended.set_that_resets_end_sessions();
    let reset = "the password is reset";
    ended.ends(reset, administrator_resets_the_password);
    ended.ends("the realm is logged out", administrator_logs_the_realm_out);

    let person = ended.person();
    let disabled = "the user is disabled";
    ended.ends_of(disabled, &person, administrator_disables_the_user);
    set_enabled(&ended, &person, true);
    ended.let_in_anew("the user is enabled again", &person);

    let person = ended.person();
    let deleted = "the user is deleted";
    ended.ends_of(deleted, &person, administrator_deletes_the_user);
    // The next person is another one.
    ended.let_in("another person", ended.person().token());
}

#[test]
fn the_webhook_tells_of_locks_clients_and_moments() {
    let Some(ended) = Ended::start(Way::Webhook) else {
        return;
    };
    let person = ended.person();
    let locked = "the user is locked out for good";
    ended.ends_of(locked, &person, person_is_locked_out);
    set_enabled(&ended, &person, true);
    ended.let_in_anew("the user is enabled again", &person);

    let person = ended.person_at(PASSWORD_CLIENT, "offline_access");
    let taken = "the client's offline session is revoked";
    ended.ends_of(taken, &person, administrator_revokes_the_client);
    ended.let_in_anew(taken, &person);

    let moment = "a moment is set before which the realm's tokens are void";
    ended.ends(moment, administrator_sets_the_moment);

    let client = ended.add_client("of-its-own");
    let enabled = |enabled: bool| {
        ended.change("PUT", &client, &json!({ "enabled": enabled }));
    };
    let person = ended.person_at("of-its-own", "");
    let by_another = ended.person();
    ended.ends_of("the client is disabled", &person, |_, _| enabled(false));
    ended.let_in("of another client", by_another.token());
    enabled(true);
    clock::wait_for_the_next_second();
    let person = ended.person_at("of-its-own", "");
    ended.ends_of("the client is deleted", &person, |_, _| {
        ended.change("DELETE", &client, &Value::Null);
    });
    ended.let_in("of another client", by_another.token());
}
