//! The facts of events about ended sessions and clients that were not captured; their form is taken from the source of
//! Keycloak 26.7.3.

use serde_json::{Value, json};

use super::meanings::{about, check, of};

/// An `access` event of a person in a session.
fn within(session: &str, details: &Value) -> Value {
    json!({"authDetails": {"userId": "a", "sessionId": session, "clientId": "web", "username": "Alice"},
        "details": details})
}

fn subject() -> Value {
    json!([{"kind": "revocation", "scope": "subject", "user": "a"}])
}

fn session() -> Value {
    json!([{"kind": "revocation", "scope": "session", "session": "s", "user": "a"}])
}

#[test]
fn sessions_that_ended() {
    for kind in ["access.LOGOUT", "access.USER_SESSION_DELETED"] {
        check(kind, within("s", &json!({"reason": "expired"})), &session());
        // It may have been any session of the user.
        check(kind, of(json!({})), &subject());
        let nobodys = json!({"authDetails": {"sessionId": "s"}});
        let bare = json!([{"kind": "revocation", "scope": "session", "session": "s"}]);
        check(kind, nobodys, &bare);
        check(kind, json!({"authDetails": {}}), &json!("no_session"));
        check(kind, json!({}), &json!("no_session"));
        for unusable in ["s\u{7}", ""] {
            check(kind, within(unusable, &json!({})), &subject());
            let nobodys = json!({"authDetails": {"sessionId": unusable}});
            check(kind, nobodys, &json!("unusable_identifier"));
        }
    }
    let mut of_an_unusable_client = within("s", &json!({}));
    of_an_unusable_client["authDetails"]["clientId"] = json!("web\u{7}");
    check("access.LOGOUT", of_an_unusable_client, &session());
    let action = json!({"logout_triggered_by_required_action": "UPDATE_EMAIL"});
    check("access.LOGOUT", within("s", &action), &subject());
    let nobodys = json!({"authDetails": {"sessionId": "s"}, "details": action});
    check("access.LOGOUT", nobodys, &json!("no_user"));
    // On the account's page, if several sessions end, only the first is named (captured, 26.7.3).
    let mut page = within("7a64c6fe-52f9-4812-807a-15520bec1050", &json!({}));
    page["authDetails"]["clientId"] = json!("account");
    check("access.LOGOUT", page, &subject());
    check(
        "access.LOGOUT_ERROR",
        within("s", &json!({})),
        &json!("useless"),
    );
}

#[test]
fn who_is_disabled_is_so_whatever_else_cannot_be_read() {
    let expected = json!([{"kind": "user", "user": "a", "creates": true, "enabled": false},
        {"kind": "revocation", "scope": "subject", "user": "a"}]);
    for unusable in [
        json!({"enabled": false, "username": 5}),
        json!({"enabled": false, "attributes": {"a": {"b": 1}}}),
        json!({"enabled": false, "attributes": []}),
    ] {
        check("admin.USER-UPDATE", about("users/a", unusable), &expected);
    }
    for (unusable, why) in [
        (json!({"enabled": true, "username": 5}), "unusable_member"),
        (json!({"enabled": "false"}), "unusable_member"),
    ] {
        let event = about("users/a", unusable);
        check("admin.USER-UPDATE", event, &json!(why));
    }
}

#[test]
fn sessions_that_an_administrator_ended() {
    let named = json!([{"kind": "revocation", "scope": "session", "session": "s"}]);
    for offline in [true, false] {
        // The event also has the administrator, and a session that may be the administrator's.
        let mut ended = about("sessions/s", json!({"offline": offline}));
        ended["authDetails"]["sessionId"] = json!("other");
        check("admin.USER_SESSION-DELETE", ended, &named);
    }
    for path in ["sessions", "sessions/s/t", "users/a"] {
        let other = about(path, json!({}));
        check("admin.USER_SESSION-DELETE", other, &json!("ignored"));
    }
    for path in ["users/a/logout", "users/a/consents/web"] {
        check("admin.USER-ACTION", about(path, json!({})), &subject());
    }
    for path in [
        "users/a",
        "users/a/impersonation",
        "users/a/execute-actions-email",
        "users/a/logout/more",
        "groups/a/logout",
    ] {
        check(
            "admin.USER-ACTION",
            about(path, json!({})),
            &json!("ignored"),
        );
    }
}

#[test]
fn tokens_that_were_revoked_at_the_provider() {
    let token = json!({"authDetails": {"clientId": "web"}, "details": {"token_id": "j"}});
    let expected = json!([{"kind": "revocation", "scope": "token_id", "token_id": "j"}]);
    check("access.REVOKE_GRANT", token, &expected);
    let refresh = json!({"refresh_token_id": "r", "revoked_client": "web"});
    check("access.REVOKE_GRANT", within("s", &refresh), &session());
    // The grant to a client is withdrawn: the session is the one in which this was done.
    let granted = json!({"revoked_client": "web"});
    check("access.REVOKE_GRANT", within("s", &granted), &subject());
    check("access.REVOKE_GRANT", json!({}), &json!("no_user"));
}

#[test]
fn passwords_that_were_reset() {
    let reset = json!([{"kind": "password_reset", "user": "a"}]);
    let path = about("users/a/reset-password", json!({}));
    check("admin.USER-ACTION", path, &reset);
    for (details, expected) in [
        (json!({"credential_type": "password"}), &reset),
        (json!({}), &reset),
        (json!({"credential_type": "otp"}), &json!("ignored")),
    ] {
        check("access.UPDATE_CREDENTIAL", of(details), expected);
    }
    for kind in [
        "access.UPDATE_CREDENTIAL_ERROR",
        "access.UPDATE_PASSWORD",
        "access.RESET_PASSWORD",
        "access.SEND_RESET_PASSWORD",
    ] {
        check(kind, of(json!({})), &json!("useless"));
    }
}

#[test]
fn realms_of_which_nothing_counts_any_more() {
    let all = json!({"kind": "revocation", "scope": "provider"});
    let realm = |representation: Value| json!({"representation": representation.to_string()});
    let action = |path| about(path, json!({}));
    check("admin.REALM-ACTION", action("logout-all"), &json!([all]));
    check(
        "admin.REALM-ACTION",
        action("push-revocation"),
        &json!("ignored"),
    );
    let before = json!({"kind": "not_before", "not_before": 1_795_815_000});
    for (sent, expected) in [
        (json!({"enabled": false}), json!([all])),
        (json!({"notBefore": 1_795_815_000}), json!([before])),
        (
            json!({"enabled": false, "notBefore": 1_795_815_000}),
            json!([all, before]),
        ),
        (json!({"enabled": true, "notBefore": 0}), json!("ignored")),
        (json!({"displayName": "Veni"}), json!("ignored")),
        (
            json!({"notBefore": 1_795_815_000_000_u64}),
            json!("unusable_member"),
        ),
        (json!({"notBefore": -1}), json!("unusable_member")),
    ] {
        check("admin.REALM-UPDATE", realm(sent), &expected);
    }
    check("admin.REALM-UPDATE", json!({}), &json!("ignored"));
    // A change of the settings for events has the type of a change of the realm, too.
    let config = about("events/config", json!({"enabled": false}));
    check("admin.REALM-UPDATE", config, &json!("ignored"));
}

#[test]
fn clients_that_are_none_any_longer() {
    let client = |rest: Value| {
        let mut client = json!({"kind": "client", "client": "c", "ended": false});
        for (name, member) in rest.as_object().unwrap() {
            client[name] = member.clone();
        }
        json!([client])
    };
    let named = json!({"id": "hidden", "clientId": "web", "enabled": true, "notBefore": 0});
    for kind in ["admin.CLIENT-CREATE", "admin.CLIENT-UPDATE"] {
        let expected = client(json!({"client_id": "web"}));
        check(kind, about("clients/c", named.clone()), &expected);
        let bare = json!({"resourcePath": "clients/c"});
        check(kind, bare, &json!("ignored"));
        let other = about("clients/c/scope-mappings", named.clone());
        check(kind, other, &json!("ignored"));
    }
    for (sent, expected) in [
        (json!({"enabled": false}), json!({"ended": true})),
        (
            json!({"enabled": false, "clientId": "web"}),
            json!({"ended": true, "client_id": "web"}),
        ),
        (
            json!({"notBefore": 1_795_815_000}),
            json!({"not_before": 1_795_815_000}),
        ),
    ] {
        let sent = about("clients/c", sent);
        check("admin.CLIENT-UPDATE", sent, &client(expected));
    }
    let ended = about("clients/c", json!({"description": "x"}));
    check("admin.CLIENT-UPDATE", ended, &json!("ignored"));
    let deleted = about("clients/c", json!({"id": "c", "clientId": "web"}));
    check(
        "admin.CLIENT-DELETE",
        deleted,
        &client(json!({"ended": true, "client_id": "web"})),
    );
    let unnamed = json!({"resourcePath": "clients/c"});
    check(
        "admin.CLIENT-DELETE",
        unnamed,
        &client(json!({"ended": true})),
    );
    check(
        "admin.CLIENT-DELETE",
        about("clients/c/nodes/n", json!({})),
        &json!("ignored"),
    );
    check(
        "access.CLIENT_DELETE",
        json!({"authDetails": {"clientId": "web"}}),
        &json!([{"kind": "client", "client_id": "web", "ended": true}]),
    );
    check("access.CLIENT_DELETE", json!({}), &json!("no_client"));
    for kind in ["access.CLIENT_UPDATE", "access.CLIENT_REGISTER"] {
        let told = json!({"authDetails": {"clientId": "web"}});
        check(kind, told, &json!("ignored"));
    }
}

#[test]
fn users_who_may_no_longer() {
    let disabled = about("users/a", json!({"enabled": false}));
    let told =
        json!([{"kind": "user", "user": "a", "creates": true, "enabled": false}, subject()[0]]);
    check("admin.USER-UPDATE", disabled, &told);
    let deleted = json!([{"kind": "user_deleted", "user": "a"}, subject()[0]]);
    check("admin.USER-DELETE", about("users/a", json!({})), &deleted);
    check("access.DELETE_ACCOUNT", of(json!({})), &deleted);
}
