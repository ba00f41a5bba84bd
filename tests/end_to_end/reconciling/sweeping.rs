//! What a sweep does not change in PostgreSQL, whatever the job passes to it.

use postgres::{Client, Error, error::SqlState};
use serde_json::{Value, json};
use tests::{Setup, TestDatabase};

use crate::identity::state::{ago, created, cut_off, execute, memberships, named, tell};
use crate::reconciling::sweeping_calls::Sweep;

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
fn an_organization_that_is_not_known_here_ends_no_other_membership() {
    let setup = Setup::seeded();
    let database = setup.database();
    named(database);
    let acme = json!({"organization_id": [database.organization("acme")]});
    tell(database, 90, &[created("zoe", acme.clone())]);
    let mut owner = database.as_owner();
    let sweep = Sweep::begin(&mut owner).unwrap();
    let zoe = |at: u64, organizations: &[&str]| {
        let mut row = user(
            "zoe",
            at,
            json!({"organizations": {"at": at, "items": organizations}}),
        );
        row["user"]["attributes"] = acme.clone();
        [row]
    };
    users(&mut owner, &sweep, &zoe(ago(9_000), &["elsewhere"])).unwrap();
    assert_eq!(memberships(database, "zoe"), ["acme attribute"]);
    users(&mut owner, &sweep, &zoe(ago(8_000), &["elsewhere", "G"])).unwrap();
    assert_eq!(memberships(database, "zoe"), ["globex event"]);
}

#[test]
fn a_group_that_is_deleted_here_is_joined_by_nobody() {
    let setup = Setup::seeded();
    let database = setup.database();
    tell(
        database,
        90,
        &[json!({"kind": "group", "group": "g", "name": "a", "parent": null})],
    );
    tell(
        database,
        80,
        &[json!({"kind": "group_deleted", "group": "g"})],
    );
    let mut owner = database.as_owner();
    let sweep = Sweep::begin(&mut owner).unwrap();
    let at = ago(9_000);
    let within = json!({"groups": {"at": at, "items": ["g"]}});
    let told = changes(&mut owner, &sweep, &[user("u1", at, within)]);
    assert_eq!(told, ["user created"]);
}

/// A provider that does not list groups within organizations says nothing of them.
#[test]
fn what_comes_late_counts_where_no_list_has_it() {
    for (is_listed, expected) in [(false, 1_i64), (true, 0)] {
        let setup = Setup::seeded();
        let database = setup.database();
        named(database);
        tell(
            database,
            90,
            &[
                json!({"kind": "group", "group": "g", "organization": "A", "name": "a", "parent": null}),
            ],
        );
        let mut owner = database.as_owner();
        let sweep = Sweep::begin(&mut owner).unwrap();
        let at = ago(30_000);
        let mut lists =
            json!({"groups": {"at": at, "items": []}, "organizations": {"at": at, "items": ["A"]}});
        if is_listed {
            lists["organization_groups"] = json!({"at": at});
        }
        changes(&mut owner, &sweep, &[user("u1", at, lists)]);
        tell(
            database,
            60,
            &[json!({"kind": "group_member", "group": "g", "user": "u1", "member": true})],
        );
        let row = database.as_superuser().query_one(
            "SELECT count(*) FROM shell.group_members WHERE is_member",
            &[],
        );
        assert_eq!(row.unwrap().get::<_, i64>(0), expected, "{is_listed}");
    }
}

/// By its name it turns out whom an event of before the sweep meant that somebody left.
#[test]
fn who_left_before_a_sweep_read_it_loses_the_tokens_of_before() {
    let setup = Setup::seeded();
    let database = setup.database();
    named(database);
    let leaves = json!({"kind": "membership", "organization": "A", "member": false, "username": "kim",
        "email": "kim@x.example"});
    tell(database, 60, &[leaves]);
    let mut owner = database.as_owner();
    let sweep = Sweep::begin(&mut owner).unwrap();
    let at = ago(30_000);
    let mut row = user(
        "u1",
        at,
        json!({"organizations": {"at": at, "items": ["A"]}}),
    );
    row["user"]["email"] = json!("kim@x.example");
    changes(&mut owner, &sweep, &[row]);
    assert_eq!(cut_off(database, "acme", "u1"), None);
    let called = json!({"kind": "user", "user": "u1", "creates": true, "username": "kim", "email": "kim@x.example"});
    tell(database, 70, &[called]);
    assert_eq!(memberships(database, "u1"), ["acme event"]);
    assert_eq!(cut_off(database, "acme", "u1"), Some(60));
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

#[test]
fn who_was_removed_here_stays_so_whatever_sweeps_have_read_since() {
    let setup = Setup::seeded();
    let database = setup.database();
    named(database);
    let mut owner = database.as_owner();
    let sweep = Sweep::begin(&mut owner).unwrap();
    let read = |at: u64, organizations: &[&str]| {
        [user(
            "u1",
            at,
            json!({"organizations": {"at": at, "items": organizations}}),
        )]
    };
    users(&mut owner, &sweep, &read(ago(90_000), &["A"])).unwrap();
    execute(
        database,
        "INSERT INTO shell.removed_memberships (organization_id, subject, removed_at)
        SELECT o.id, 'u1', now() - interval '60 seconds' FROM shell.organizations o WHERE o.slug = 'acme';
        DELETE FROM shell.memberships m USING shell.users u WHERE u.id = m.user_id AND u.external_id = 'u1'",
    );
    users(&mut owner, &sweep, &read(ago(30_000), &[])).unwrap();
    let told = users(&mut owner, &sweep, &read(ago(20_000), &["A"])).unwrap();
    assert_eq!(told[0]["change"], "stays_removed", "{told:?}");
    assert_eq!(memberships(database, "u1"), [""; 0]);
}

#[test]
fn what_was_told_of_later_is_not_gone() {
    let setup = Setup::seeded();
    let database = setup.database();
    named(database);
    tell(
        database,
        10,
        &[
            json!({"kind": "group", "group": "g", "name": "a", "parent": null}),
            json!({"kind": "organization", "organization": "A", "alias": "acme", "enabled": true}),
        ],
    );
    let mut owner = database.as_owner();
    let sweep = Sweep::begin(&mut owner).unwrap();
    let gone = |at: u64| {
        [
            json!({"kind": "group", "id": "g", "at": at}),
            json!({"kind": "organization", "id": "A", "at": at}),
        ]
    };
    let call = "sweep_gone($1, $2, false)";
    let told = sweep.part(&mut owner, call, &gone(ago(30_000))).unwrap();
    assert_eq!(told, [Value::Null; 0]);
    let told = sweep.part(&mut owner, call, &gone(ago(1_000))).unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
}

/// Whoever stands in a list is a person, whatever the name.
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
