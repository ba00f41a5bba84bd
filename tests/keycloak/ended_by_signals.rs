//! Which ended sessions Shared Signals report, and which they do not.

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
fn signals_tell_of_logouts_and_of_reset_passwords() {
    let Some(ended) = Ended::start(Way::Signals) else {
        return;
    };
    ended.ends("a logout by refresh token", log_out);
    ended.logs_out_by_browser();
    ended.ends("all sessions are ended", administrator_ends_all_sessions);
    ended.ends("the password is changed", password_is_changed);
    ended.set_that_resets_end_sessions();
    let reset = "the password is reset";
    ended.ends(reset, administrator_resets_the_password);
}

#[test]
fn signals_tell_nothing_of_the_rest() {
    let Some(ended) = Ended::start(Way::Signals) else {
        return;
    };
    ended.tells_nothing_of(&[
        ("one session is ended", administrator_ends_the_session),
        ("the realm is logged out", administrator_logs_the_realm_out),
        ("the user is disabled", administrator_disables_the_user),
        ("the user is deleted", administrator_deletes_the_user),
        ("the access token is revoked", access_token_is_revoked),
        ("the refresh token is revoked", refresh_token_is_revoked),
        ("all others are signed out", person_signs_out_all_others),
    ]);
}
