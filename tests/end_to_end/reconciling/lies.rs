//! A provider whose answers are wrong: no existing user is deleted, and two sweeps do not undo each other.

use std::time::Duration;

use serde_json::json;
use tests::{AdminServer, Lie, Setup};

use super::state::{
    assert_same, assert_settled, everything, known, later, start_with, sweep, sweep_failing,
};

/// Answers that cannot be a page.
fn no_pages() -> Vec<Lie> {
    vec![
        Lie::BreaksOff,
        Lie::EndsInError,
        Lie::Half,
        Lie::Cut,
        Lie::Status(500),
        Lie::Status(403),
        Lie::Status(302),
        Lie::Html,
        Lie::NoRealm,
        Lie::Redirect("/moved".to_owned()),
        Lie::Large,
        Lie::Deep,
        Lie::Body(json!({"error": "unknown_error"})),
        Lie::Body(json!(null)),
        Lie::Body(json!(["somebody"])),
        Lie::Body(json!([{"username": "nobody"}])),
        Lie::Body(json!([{"id": "", "username": "nobody"}])),
        Lie::Body(json!([{"id": 7, "username": "nobody"}])),
        Lie::Text(""),
        Lie::Text("[] []"),
        Lie::Text("[{\"id\": \"id-u0001\", \"username\": \"\u{fffd}\\ud800\"}]"),
    ]
}

/// Twenty users, of whom one has been deleted and one renamed.
pub fn changed() -> (AdminServer, Setup) {
    let (server, setup) = start_with(20);
    server.realm(|realm| {
        realm.users.remove("id-u0004");
        realm.user("id-u0005").last_name = Some("Other".to_owned());
    });
    (server, setup)
}

/// A false answer ends a run before it deletes anybody.
#[track_caller]
fn check(server: &AdminServer, setup: &Setup, pattern: &str, number: usize, lie: &Lie) {
    later(server);
    server.lie(pattern, number..number + 1, lie.clone());
    let ended = setup.job("reconcile", None, &[]);
    server.repent();
    let Err(said) = ended else {
        panic!("{pattern}, {lie:?}: {ended:?}")
    };
    let known = known(setup.database());
    assert_eq!(known.len(), 20, "{pattern}, {lie:?}: {said}");
    assert!(!said.contains("panicked"), "{pattern}, {lie:?}: {said}");
}

/// The next run, with true answers only, repairs the rest.
#[track_caller]
fn assert_repaired(server: &AdminServer, setup: &Setup) {
    later(server);
    sweep(setup);
    assert_same(server, setup.database());
}

#[test]
fn what_is_no_page_of_users_ends_the_run_before_any_deletion() {
    let (server, setup) = changed();
    server.shorten_pages(8);
    for lie in no_pages() {
        // In the middle, and at the end, where an empty page is expected.
        for number in [1, 3] {
            check(&server, &setup, "users", number, &lie);
        }
    }
    assert_repaired(&server, &setup);
    assert_settled(&server, &setup);
}

#[test]
fn what_is_no_list_of_a_user_ends_the_run_before_any_deletion() {
    let (server, setup) = changed();
    for pattern in [
        "users/*/groups",
        "users/*/federated-identity",
        "organizations/members/*/organizations",
    ] {
        for lie in [
            Lie::EndsInError,
            Lie::BreaksOff,
            Lie::Cut,
            Lie::Status(500),
            Lie::Html,
            Lie::NoRealm,
            Lie::Body(json!({})),
            Lie::Body(json!([null])),
            Lie::Body(json!([{}])),
        ] {
            check(&server, &setup, pattern, 4, &lie);
        }
    }
    assert_repaired(&server, &setup);
}

#[test]
fn what_is_no_list_of_groups_or_organizations_ends_the_run_before_any_deletion() {
    let (server, setup) = changed();
    server.realm(|realm| {
        realm.add_group("g1", "staff", None);
        realm.add_group("g2", "editors", Some("g1"));
    });
    for pattern in ["groups", "groups/*/children", "organizations"] {
        for lie in [
            Lie::EndsInError,
            Lie::BreaksOff,
            Lie::Cut,
            Lie::Status(500),
            Lie::Html,
            Lie::NoRealm,
            Lie::Body(json!({})),
            Lie::Body(json!([{}])),
        ] {
            check(&server, &setup, pattern, 0, &lie);
        }
    }
    assert_repaired(&server, &setup);
}

#[test]
fn only_keycloak_s_own_words_say_that_somebody_is_gone() {
    let (server, setup) = changed();
    for lie in [
        Lie::Html,
        Lie::NoRealm,
        Lie::Status(404),
        Lie::Status(410),
        Lie::Status(403),
        Lie::Status(500),
        Lie::Cut,
        Lie::Half,
        Lie::Text("User not found"),
        Lie::Body(json!(["User not found"])),
        Lie::Redirect("/moved".to_owned()),
    ] {
        check(&server, &setup, "users/id-u0004", 0, &lie);
    }
    assert_repaired(&server, &setup);
}

#[test]
fn without_a_token_nothing_is_read() {
    let (server, setup) = changed();
    let before = everything(setup.database());
    for lie in [
        Lie::Status(401),
        Lie::Status(500),
        Lie::Html,
        Lie::Cut,
        Lie::Body(json!({})),
        Lie::Body(json!({"access_token": "", "expires_in": 60})),
        Lie::Body(json!({"access_token": "a\nb"})),
    ] {
        server.lie("token", 0..9, lie.clone());
        let said = sweep_failing(&setup, &[]);
        server.repent();
        assert_eq!(everything(setup.database()), before, "{lie:?}: {said}");
    }
    let secret = [("keycloak_admin_secret", "another")];
    let said = setup.job_with("reconcile", &secret).unwrap_err();
    assert!(!said.contains("another"), "{said}");
    assert_eq!(everything(setup.database()), before);
}

#[test]
fn who_is_too_busy_is_asked_again() {
    let (server, setup) = changed();
    server.shorten_pages(8);
    server.lie("users", 1..2, Lie::Later(503, 1));
    server.lie("users", 3..5, Lie::Later(429, 0));
    server.lie("users/*/groups", 2..3, Lie::Status(503));
    server.lie("users/id-u0004", 0..1, Lie::Later(429, 1));
    sweep(&setup);
    assert_same(&server, setup.database());
    server.repent();
    assert_settled(&server, &setup);
}

#[test]
fn who_stays_too_busy_is_given_up() {
    let (server, setup) = changed();
    server.shorten_pages(8);
    server.lie("users", 1..usize::MAX, Lie::Later(503, 0));
    let before = server.count("users");
    sweep_failing(&setup, &[]);
    // The first page once, and the second with three retries.
    assert_eq!(server.count("users") - before, 1 + 4);
    assert_eq!(known(setup.database()).len(), 20);
}

#[test]
fn nobody_comes_again_as_late_as_he_is_told() {
    let (server, setup) = changed();
    server.lie("users", 0..1, Lie::Later(503, 86_400));
    let started = std::time::Instant::now();
    let outcome = setup.job("reconcile", None, &[]);
    assert!(started.elapsed() < Duration::from_secs(60), "{outcome:?}");
    assert_eq!(
        known(setup.database()).len(),
        if outcome.is_ok() { 19 } else { 20 }
    );
}
