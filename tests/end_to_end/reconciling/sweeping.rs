//! What a sweep does not change in PostgreSQL, whatever the job passes to it.

use postgres::error::SqlState;
use serde_json::{Value, json};
use tests::{
    Setup, TestDatabase,
    facts::{ago, tell},
    identity::named,
    sql::execute,
};

use super::sweeping_calls::{Sweep, changes, user, users};

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
    let not_before = ago(60_000) / 1_000;
    let rows = |at: u64| {
        [user(
            "u1",
            at,
            json!({"not_before": not_before,
            "links": {"at": at, "items": [{"alias": "google", "external_id": "1", "username": "x"},
                {"alias": "partner", "username": "y"}]},
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
fn what_is_told_with_less_is_no_change() {
    let setup = Setup::seeded();
    let database = setup.database();
    named(database);
    let mut owner = database.as_owner();
    let sweep = Sweep::begin(&mut owner).unwrap();
    let linked = |at: u64, item: Value| {
        [user(
            "u1",
            at,
            json!({"links": {"at": at, "items": [item]}}),
        )]
    };
    let whole = json!({"alias": "google", "external_id": "1", "username": "x"});
    changes(&mut owner, &sweep, &linked(ago(9_000), whole));
    let less = json!({"alias": "google", "username": "x"});
    let told = changes(&mut owner, &sweep, &linked(ago(8_000), less));
    assert_eq!(told, [""; 0]);
    let facts = "sweep_facts($1, $2, 86400, false)";
    let organization = |at: u64, more: Value| {
        let mut fact = json!({"kind": "organization", "organization": "A", "alias": "acme"});
        fact.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        [json!({"at": at, "fact": fact})]
    };
    let disabled = organization(ago(7_000), json!({"enabled": false}));
    assert_eq!(sweep.part(&mut owner, facts, &disabled).unwrap().len(), 1);
    let less = organization(ago(6_000), json!({}));
    assert_eq!(
        sweep.part(&mut owner, facts, &less).unwrap(),
        [Value::Null; 0]
    );
    let enabled = organization(ago(5_000), json!({"enabled": true}));
    assert_eq!(sweep.part(&mut owner, facts, &enabled).unwrap().len(), 1);
}

#[test]
fn who_was_not_seen_takes_over_from_nobody() {
    let setup = Setup::seeded();
    let database = setup.database();
    execute(
        database,
        "INSERT INTO shell.users (id, identity_provider_id, external_id, username, email, display_name)
        SELECT gen_random_uuid(), p.id, 'seeded', 'Ann', '', 'Ann' FROM shell.identity_providers p
        WHERE p.slug = 'default'",
    );
    let called = json!({"kind": "user", "user": "u1", "creates": true, "username": "ann"});
    tell(database, 60, &[called]);
    let mut owner = database.as_owner();
    let sweep = Sweep::begin(&mut owner).unwrap();
    let rows = [json!({"id": "seeded", "at": ago(5_000)})];
    let call = "sweep_seeded($1, $2, true, false)";
    let told = sweep.part(&mut owner, call, &rows).unwrap();
    assert_eq!(told[0]["change"], "unknown");
    assert_eq!(told[0]["by_username"], Value::Null);
    sweep.seen(&mut owner, "user", "u1");
    let told = sweep.part(&mut owner, call, &rows).unwrap();
    assert_eq!(told[0]["change"], "adopted");
}

/// A user in a list is a person, whatever the username.
#[test]
fn a_name_makes_nobody_a_service_account() {
    let setup = Setup::seeded();
    let mut owner = setup.database().as_owner();
    let sweep = Sweep::begin(&mut owner).unwrap();
    let row = |at: u64, enabled: bool| {
        let mut row = user("service-account-me", at, json!({}));
        row["user"]["enabled"] = json!(enabled);
        [row]
    };
    let told = changes(&mut owner, &sweep, &row(ago(9_000), true));
    assert_eq!(told, ["user created"]);
    let told = changes(&mut owner, &sweep, &row(ago(5_000), false));
    assert_eq!(told, ["user changed"]);
}
