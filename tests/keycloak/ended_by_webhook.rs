//! What the webhook alone tells of ended sessions: all of it.

use crate::{
    ended::{Ended, Way, log_out},
    ended_acts::{
        access_token_is_revoked, administrator_deletes_the_user, administrator_disables_the_user,
        administrator_ends_all_sessions, administrator_ends_the_session,
        administrator_logs_the_realm_out, administrator_resets_the_password, password_is_changed,
        person_signs_out_all_others, refresh_token_is_revoked, set_enabled,
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
    // Who comes after is somebody else.
    ended.let_in("another person", ended.person().token());
}
