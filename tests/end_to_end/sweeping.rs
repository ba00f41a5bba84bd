//! What a sweep leaves alone in PostgreSQL, whatever the job hands over.

use postgres::{Client, Error, error::SqlState};
use serde_json::{Value, json};
use tests::{Setup, TestDatabase};

use crate::identity_state::{ago, named};
use crate::sweeping_calls::Sweep;

/// A user who is called by its identifier, with more of the row.
fn user(id: &str, at: u64, more: Value) -> Value {
    let mut row = json!({"at": at, "user": {"user": id, "creates": true, "username": id, "email": null,
        "first_name": null, "last_name": null, "enabled": true, "attributes": {}}});
    for (name, value) in more.as_object().unwrap() {
        row[name] = value.clone();
    }
    row
}

/// Hands users over.
fn users(owner: &mut Client, sweep: &Sweep, rows: &[Value]) -> Result<Vec<Value>, Error> {
    sweep.part(owner, "sweep_users($1, $2, 86400, false)", rows)
}

fn changes(owner: &mut Client, sweep: &Sweep, rows: &[Value]) -> Vec<String> {
    let changes = users(owner, sweep, rows).unwrap();
    let change =
        |change: &Value| format!("{} {}", change["what"], change["change"]).replace('"', "");
    changes.iter().map(change).collect()
}

fn counter(database: &TestDatabase) -> i64 {
    let row = database
        .as_superuser()
        .query_one("SELECT counter FROM shell.changes", &[]);
    row.unwrap().get(0)
}

#[test]
fn of_two_sweeps_one_waits_and_one_that_stood_still_is_told_so() {
    let setup = Setup::seeded();
    let database = setup.database();
    let mut owner = database.as_owner();
    let first = Sweep::begin(&mut owner).unwrap();
    assert_eq!(
        Sweep::begin(&mut owner).err().as_deref(),
        Some("in_progress")
    );
    let stood_still = "UPDATE shell.sweeps SET renewed_at = renewed_at - interval '181 seconds'";
    database.as_superuser().batch_execute(stood_still).unwrap();
    let second = Sweep::begin(&mut owner).unwrap();
    let refused = users(&mut owner, &first, &[user("u1", ago(5_000), json!({}))]);
    let refused = refused.unwrap_err();
    assert_eq!(
        refused.code(),
        Some(&SqlState::RAISE_EXCEPTION),
        "{refused:?}"
    );
    second.end(&mut owner);
    assert!(Sweep::begin(&mut owner).is_ok());
}

#[test]
fn a_clock_that_is_ahead_is_not_believed() {
    let setup = Setup::seeded();
    let mut owner = setup.database().as_owner();
    let sweep = Sweep::begin(&mut owner).unwrap();
    let ahead = ago(0) + 6 * 60_000;
    let refused = users(&mut owner, &sweep, &[user("u1", ahead, json!({}))]).unwrap_err();
    assert!(
        refused.as_db_error().unwrap().message().contains("ahead"),
        "{refused:?}"
    );
}

#[test]
fn what_was_read_again_is_no_change() {
    let setup = Setup::seeded();
    let database = setup.database();
    named(database);
    let mut owner = database.as_owner();
    let rows = |at: u64| {
        [user(
            "u1",
            at,
            json!({"not_before": ago(60_000) / 1_000,
            "links": {"at": at, "items": [{"alias": "google", "external_id": "1", "username": "x"}]},
            "groups": {"at": at, "items": ["g1"]}, "organizations": {"at": at, "items": ["A", "unknown"]}}),
        )]
    };
    let sweep = Sweep::begin(&mut owner).unwrap();
    let first = changes(&mut owner, &sweep, &rows(ago(9_000)));
    assert_eq!(
        first,
        [
            "user created",
            "link linked",
            "group_member joined",
            "membership joined"
        ]
    );
    sweep.end(&mut owner);
    let before = counter(database);
    let sweep = Sweep::begin(&mut owner).unwrap();
    assert_eq!(
        changes(&mut owner, &sweep, &rows(ago(5_000))),
        Vec::<String>::new()
    );
    assert_eq!(counter(database), before);
}

#[test]
fn a_logout_is_made_up_for_as_long_as_a_token_lives() {
    let setup = Setup::seeded();
    let mut owner = setup.database().as_owner();
    let sweep = Sweep::begin(&mut owner).unwrap();
    let seconds = |ago_seconds: u64| ago(ago_seconds * 1_000) / 1_000;
    changes(&mut owner, &sweep, &[user("u1", ago(9_000), json!({}))]);
    for (not_before, expected) in [
        (seconds(2 * 86_400), Vec::new()),
        (seconds(3_600), vec!["user logged_out"]),
        (seconds(3_600), Vec::new()),
        (seconds(1_800), vec!["user logged_out"]),
    ] {
        let row = user("u1", ago(5_000), json!({"not_before": not_before}));
        assert_eq!(
            changes(&mut owner, &sweep, &[row]),
            expected,
            "{not_before}"
        );
    }
}

#[test]
fn groups_that_a_sweep_did_not_see_are_not_left() {
    let setup = Setup::seeded();
    let database = setup.database();
    named(database);
    let mut owner = database.as_owner();
    let sweep = Sweep::begin(&mut owner).unwrap();
    let at = ago(20_000);
    let groups = [
        json!({"at": at, "fact": {"kind": "group", "group": "of_realm", "name": "a", "parent": null}}),
        json!({"at": at, "fact": {"kind": "group", "group": "of_acme", "organization": "A", "name": "b", "parent": null}}),
    ];
    let facts = "sweep_facts($1, $2, 86400, false)";
    sweep.part(&mut owner, facts, &groups).unwrap();
    let both = json!({"groups": {"at": at, "items": ["of_realm", "of_acme"]},
        "organizations": {"at": at, "items": ["A"]}});
    changes(&mut owner, &sweep, &[user("u1", at, both)]);
    sweep.end(&mut owner);
    let sweep = Sweep::begin(&mut owner).unwrap();
    let none = |at: u64| [user("u1", at, json!({"groups": {"at": at, "items": []}}))];
    assert_eq!(
        changes(&mut owner, &sweep, &none(ago(10_000))),
        ["group_member left"]
    );
    sweep.seen(&mut owner, "group", "of_acme");
    assert_eq!(
        changes(&mut owner, &sweep, &none(ago(5_000))),
        ["group_member left"]
    );
}
