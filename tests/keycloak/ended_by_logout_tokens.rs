//! Which ended sessions back-channel logout reports, and which it does not.

use crate::{
    ended::{Ended, Way, log_out},
    ended_acts::{
        access_token_is_revoked, administrator_deletes_the_user, administrator_disables_the_user,
        administrator_ends_all_sessions, administrator_ends_the_session,
        administrator_logs_the_realm_out, administrator_resets_the_password, password_is_changed,
        person_signs_out_all_others, refresh_token_is_revoked,
    },
};

#[test]
fn logout_tokens_tell_of_sessions_that_end() {
    let Some(ended) = Ended::start(Way::LogoutTokens) else {
        return;
    };
    ended.ends("a logout by refresh token", log_out);
    ended.logs_out_by_browser();
    ended.ends("one session is ended", administrator_ends_the_session);
    ended.ends("all sessions are ended", administrator_ends_all_sessions);
    ended.ends("the password is changed", password_is_changed);
    ended.ends("all others are signed out", person_signs_out_all_others);
}

#[test]
fn logout_tokens_tell_nothing_of_the_rest() {
    let Some(ended) = Ended::start(Way::LogoutTokens) else {
        return;
    };
    ended.tells_nothing_of(&[
        ("the realm is logged out", administrator_logs_the_realm_out),
        ("the user is disabled", administrator_disables_the_user),
        ("the user is deleted", administrator_deletes_the_user),
        ("the access token is revoked", access_token_is_revoked),
        ("the refresh token is revoked", refresh_token_is_revoked),
        ("the password is reset", administrator_resets_the_password),
    ]);
}
