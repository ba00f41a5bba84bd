//! What sweeps do to memberships of organizations and groups in PostgreSQL, whatever the job passes to them.

use serde_json::{Value, json};
use tests::{
    Setup,
    facts::{ago, created, tell},
    identity::{cut_off, memberships, named},
    sql::execute,
};

use super::sweeping_calls::{Sweep, changes, user, users};

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

/// A provider that does not list groups within organizations reports nothing about them.
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

/// The sweep reveals, by the username, which user left in an event before it.
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
