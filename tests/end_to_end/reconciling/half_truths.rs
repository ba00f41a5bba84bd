//! A provider whose answers are incomplete, excessive or contradictory: no existing user is deleted, and two
//! sweeps do not undo each other.

use std::time::Duration;

use serde_json::json;
use tests::{Lie, TokenForm};

use super::{
    lies::changed,
    state::{
        assert_same, assert_settled, everything, here, known, later, start, start_with, sweep,
        sweep_failing, username,
    },
};

#[test]
fn short_pages_and_a_slow_one_are_pages() {
    let (server, setup) = changed();
    server.lie("users", 0..1, Lie::Short(3));
    server.lie("users", 1..2, Lie::Slow(Duration::from_secs(3)));
    server.lie("users", 2..3, Lie::Short(1));
    server.lie("groups", 0..1, Lie::Slow(Duration::from_secs(1)));
    sweep(&setup);
    assert_same(&server, setup.database());
}

#[test]
fn an_empty_page_in_the_middle_deletes_nobody_who_exists() {
    let (server, setup) = changed();
    server.shorten_pages(5);
    server.lie("users", 1..2, Lie::Empty);
    sweep(&setup);
    assert_same(&server, setup.database());
    server.repent();
    assert_settled(&server, &setup);
}

#[test]
fn what_is_said_of_groups_and_organizations_alone_is_not_believed() {
    let (server, setup) = start();
    server.realm(|realm| {
        realm.add_group("g1", "staff", None);
        realm.add_group("g2", "editors", Some("g1"));
        for name in ["ann", "ben"] {
            let user = realm.add(name);
            user.organizations.insert("A".to_owned());
            user.groups.insert("g2".to_owned());
        }
    });
    sweep(&setup);
    assert_same(&server, setup.database());
    for pattern in ["groups/*/members", "organizations/*/members"] {
        server.lie(pattern, 0..99, Lie::Empty);
    }
    for (pattern, lie) in [
        ("groups", Lie::Empty),
        ("groups/*/children", Lie::Empty),
        ("organizations", Lie::Empty),
    ] {
        server.lie(pattern, 0..99, lie);
        later(&server);
        let said = sweep(&setup);
        assert!(said.contains("nothing to repair"), "{pattern}: {said}");
        assert_same(&server, setup.database());
    }
}

#[test]
fn what_comes_twice_counts_once_and_what_nobody_knows_not_at_all() {
    let (server, setup) = changed();
    for lie in [Lie::Twice, Lie::Unknown] {
        for pattern in [
            "users",
            "users/*",
            "users/*/groups",
            "users/*/federated-identity",
            "groups",
            "organizations",
            "organizations/members/*/organizations",
        ] {
            server.lie(pattern, 0..usize::MAX, lie.clone());
        }
    }
    // A page with a repeated item is longer than the part of the list in it.
    sweep(&setup);
    assert_eq!(
        here(setup.database())["users"].as_object().unwrap().len(),
        19
    );
    server.repent();
    later(&server);
    sweep(&setup);
    assert_same(&server, setup.database());
}

#[test]
fn what_is_null_is_not_said() {
    let (server, setup) = start_with(5);
    server.lie("users", 0..99, Lie::Null);
    let outcome = setup.job("reconcile", None, &[]);
    server.repent();
    assert_eq!(known(setup.database()).len(), 5, "{outcome:?}");
    let enabled = "SELECT bool_and(is_enabled) FROM shell.users";
    let row = setup
        .database()
        .as_superuser()
        .query_one(enabled, &[])
        .unwrap();
    assert!(row.get::<_, bool>(0), "{outcome:?}");
    later(&server);
    sweep(&setup);
    assert_same(&server, setup.database());
    assert_settled(&server, &setup);
}

/// Otherwise facts of the years until then would be lost.
#[test]
fn a_moment_that_is_none_or_far_ahead_is_not_believed() {
    let (server, setup) = changed();
    let before = everything(setup.database());
    let century = server.now() / 1_000 + 100 * 365 * 86_400;
    for form in [
        TokenForm::Opaque,
        TokenForm::With(json!({ "iat": century })),
        TokenForm::With(json!({"iat": 600 + server.now() / 1_000 + 600})),
        TokenForm::With(json!({"iat": null})),
        TokenForm::With(json!({"iat": -1})),
        TokenForm::With(json!({"iat": u64::MAX})),
        TokenForm::With(json!({"iat": "now"})),
    ] {
        server.tokens_are(form.clone());
        let said = sweep_failing(&setup, &[]);
        assert_eq!(everything(setup.database()), before, "{form:?}: {said}");
    }
    server.tokens_are(TokenForm::Sound);
    sweep(&setup);
    assert_same(&server, setup.database());
    assert_settled(&server, &setup);
}

#[test]
fn a_username_that_two_have_had_in_turn_is_the_later_one_s() {
    let (server, setup) = start_with(3);
    server.realm(|realm| {
        realm.user("id-u0000").username = "other".to_owned();
        realm.user("id-u0001").username = "u0000".to_owned();
        realm.user("id-u0002").username = username(1);
    });
    sweep(&setup);
    assert_same(&server, setup.database());
    assert_settled(&server, &setup);
}
