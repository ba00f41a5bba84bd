//! Who is a member of which organization, by what a provider told and by what was done here.

use serde_json::{Value, json};
use tests::{Setup, TestDatabase};

use crate::identity_state::{Outcome, Told, ago, receive, state};

fn execute(database: &TestDatabase, statement: &str) {
    database.as_superuser().batch_execute(statement).unwrap();
}

fn named(database: &TestDatabase) {
    let statement =
        "UPDATE shell.organizations SET external_id = CASE slug WHEN 'acme' THEN 'A' ELSE 'G' END
        WHERE slug IN ('acme', 'globex')";
    execute(database, statement);
}

/// Receives facts that were told so many seconds ago.
#[track_caller]
fn tell(database: &TestDatabase, seconds: u64, facts: &[Value]) -> Outcome {
    let id = uuid::Uuid::now_v7().to_string();
    let told = Told::new(&id, ago(seconds * 1_000), facts);
    let outcome = receive(&mut database.as_runtime(), &told);
    assert_ne!(outcome.status, "failed", "{outcome:?}");
    outcome
}

fn created(user: &str, attributes: Value) -> Value {
    json!({"kind": "user", "user": user, "creates": true, "username": user, "attributes": attributes})
}

fn member(organization: &str, user: &str, is_member: bool) -> Value {
    json!({"kind": "membership", "organization": organization, "user": user, "member": is_member})
}

/// `organization source` of each membership of a user.
fn memberships(database: &TestDatabase, user: &str) -> Vec<String> {
    let statement = "SELECT o.slug || ' ' || m.source FROM shell.memberships m
        JOIN shell.users u ON u.id = m.user_id JOIN shell.organizations o ON o.id = m.organization_id
        WHERE u.external_id = $1 ORDER BY 1";
    let rows = database.as_superuser().query(statement, &[&user]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// How many seconds ago tokens of a user were cut off in an organization.
fn cut_off(database: &TestDatabase, organization: &str, user: &str) -> Option<i64> {
    let statement = "SELECT round(extract(epoch FROM now() - c.cut_off_at))::bigint FROM shell.membership_cutoffs c
        JOIN shell.organizations o ON o.id = c.organization_id WHERE o.slug = $1::text AND c.subject = $2";
    let row = database
        .as_superuser()
        .query_opt(statement, &[&organization, &user]);
    row.unwrap().map(|row| row.get(0))
}

#[test]
fn an_attribute_counts_as_long_as_no_event_says_otherwise() {
    let setup = Setup::seeded();
    let database = setup.database();
    named(database);
    let acme = json!({"organization_id": [database.organization("acme")]});
    tell(database, 90, &[created("zoe", acme.clone())]);
    assert_eq!(memberships(database, "zoe"), ["acme attribute"]);
    tell(database, 80, &[member("G", "zoe", true)]);
    assert_eq!(memberships(database, "zoe"), ["globex event"]);
    assert_eq!(cut_off(database, "acme", "zoe"), Some(80));
    tell(database, 70, &[member("G", "zoe", false)]);
    assert_eq!(memberships(database, "zoe"), ["acme attribute"]);
    tell(database, 60, &[member("A", "zoe", false)]);
    assert_eq!(memberships(database, "zoe"), [""; 0]);
    tell(database, 50, &[created("zoe", acme)]);
    assert_eq!(memberships(database, "zoe"), [""; 0]);
    // An organization of another provider is never meant.
    execute(
        database,
        "INSERT INTO shell.identity_providers (id, slug) VALUES (gen_random_uuid(), 'partner');
         INSERT INTO shell.organizations (id, slug, name, plan, identity_provider_id)
         SELECT '0198a8a0-0000-7000-8000-000000000001', 'initrode', 'I', 'free', id
         FROM shell.identity_providers WHERE slug = 'partner'",
    );
    let foreign = json!({"organization_id": ["0198a8a0-0000-7000-8000-000000000001"]});
    tell(database, 40, &[created("yan", foreign)]);
    assert_eq!(memberships(database, "yan"), [""; 0]);
}

#[test]
fn the_only_organization_of_a_provider_has_all_its_users() {
    let setup = Setup::seeded();
    let database = setup.database();
    execute(
        database,
        "INSERT INTO shell.identity_providers (id, slug) VALUES (gen_random_uuid(), 'partner');
         INSERT INTO shell.organizations (id, slug, name, plan, identity_provider_id)
         SELECT gen_random_uuid(), 'initrode', 'I', 'free', id FROM shell.identity_providers WHERE slug = 'partner'",
    );
    let mut runtime = database.as_runtime();
    let mut tell = |id: &str, fact: Value| {
        let event = json!({"id": id, "type": "t", "time": ago(9_000), "facts": [fact]});
        let statement =
            "SELECT status FROM shell.receive_event('partner', 'keycloak', gen_random_uuid(), $1)";
        let status: String = runtime.query_one(statement, &[&event]).unwrap().get(0);
        assert_eq!(status, "applied");
    };
    tell("e1", created("zoe", json!({})));
    let mut client = created("svc", json!({}));
    client["service_account"] = json!(true);
    tell("e2", client);
    assert_eq!(memberships(database, "zoe"), ["initrode only_organization"]);
    assert_eq!(memberships(database, "svc"), [""; 0]);
    // Another one takes nobody away.
    execute(
        database,
        "INSERT INTO shell.organizations (id, slug, name, plan, identity_provider_id)
         SELECT gen_random_uuid(), 'another', 'A', 'free', id FROM shell.identity_providers WHERE slug = 'partner'",
    );
    tell(
        "e3",
        json!({"kind": "user", "user": "zoe", "creates": true, "first_name": "Zoe"}),
    );
    tell("e4", created("yan", json!({})));
    assert_eq!(memberships(database, "zoe"), ["initrode only_organization"]);
    assert_eq!(memberships(database, "yan"), [""; 0]);
}

#[test]
fn who_was_removed_here_comes_back_by_a_later_event_alone() {
    let setup = Setup::seeded();
    let database = setup.database();
    named(database);
    execute(
        database,
        "INSERT INTO shell.removed_memberships
         SELECT id, 'zoe', now() - interval '60 s' FROM shell.organizations WHERE slug = 'acme'",
    );
    let acme = json!({"organization_id": [database.organization("acme")]});
    tell(database, 50, &[created("zoe", acme)]);
    tell(database, 70, &[member("A", "zoe", true)]);
    assert_eq!(memberships(database, "zoe"), [""; 0]);
    tell(database, 40, &[member("A", "zoe", true)]);
    assert_eq!(memberships(database, "zoe"), ["acme event"]);
}

#[test]
fn tokens_are_cut_off_even_where_leaving_overtakes_joining() {
    let setup = Setup::seeded();
    let database = setup.database();
    named(database);
    tell(database, 90, &[created("zoe", json!({}))]);
    let outcome = tell(database, 60, &[member("A", "zoe", false)]);
    let cutoffs = &outcome.touched.unwrap()["cutoffs"];
    assert_eq!(
        (&cutoffs[0]["provider"], &cutoffs[0]["subject"]),
        (&json!("default"), &json!("zoe"))
    );
    tell(database, 80, &[member("A", "zoe", true)]);
    assert_eq!(memberships(database, "zoe"), [""; 0]);
    tell(database, 50, &[member("A", "zoe", true)]);
    assert_eq!(memberships(database, "zoe"), ["acme event"]);
    assert_eq!(cut_off(database, "acme", "zoe"), Some(60));
}

#[test]
fn an_organization_that_is_disabled_there_rests_and_keeps_its_members() {
    let setup = Setup::seeded();
    let database = setup.database();
    named(database);
    tell(
        database,
        90,
        &[created("zoe", json!({})), member("A", "zoe", true)],
    );
    let resting = || {
        let statement = "SELECT members_rest_at IS NOT NULL, cut_off_at IS NOT NULL, status::text
            FROM shell.organizations WHERE slug = 'acme'";
        let row = database.as_superuser().query_one(statement, &[]).unwrap();
        (row.get(0), row.get(1), row.get::<_, String>(2))
    };
    let told = |enabled: bool| json!({"kind": "organization", "organization": "A", "alias": "acme", "enabled": enabled});
    let outcome = tell(database, 60, &[told(false)]);
    assert_eq!(outcome.touched.unwrap()["voided"], json!(true));
    // There are no administrators of acme now.
    let warning = json!([{"warning": "no_administrator", "organization": "acme"}]);
    assert_eq!(outcome.warnings, Some(warning));
    assert_eq!(resting(), (true, true, "active".to_owned()));
    assert_eq!(memberships(database, "zoe"), ["acme event"]);
    tell(database, 70, &[told(true)]);
    assert_eq!(resting(), (true, true, "active".to_owned()));
    tell(database, 50, &[told(true)]);
    assert_eq!(resting(), (false, true, "active".to_owned()));
    tell(
        database,
        40,
        &[json!({"kind": "organization_deleted", "organization": "A"})],
    );
    tell(database, 30, &[told(true)]);
    assert_eq!(resting(), (true, true, "active".to_owned()));
    assert_eq!(state(database)["here"]["acme"], json!(["A", true, true]));
}

#[test]
fn what_was_told_of_an_organization_counts_once_its_identifier_is_known() {
    let setup = Setup::seeded();
    let database = setup.database();
    tell(
        database,
        90,
        &[created("zoe", json!({})), member("A", "zoe", true)],
    );
    tell(
        database,
        80,
        &[created("yan", json!({})), member("A", "yan", true)],
    );
    tell(database, 70, &[member("A", "yan", false)]);
    assert_eq!(memberships(database, "zoe"), [""; 0]);
    // A token teaches it.
    let mut runtime = database.as_runtime();
    let names = json!([{"alias": "acme", "id": "A"}]);
    let statement =
        "SELECT organization_id, change FROM shell.name_organization('default', $1, NULL)";
    let row = runtime.query_one(statement, &[&names]).unwrap();
    assert!(row.get::<_, Option<String>>(1).is_some());
    assert_eq!(memberships(database, "zoe"), ["acme event"]);
    assert_eq!(memberships(database, "yan"), [""; 0]);
    assert_eq!(cut_off(database, "acme", "yan"), Some(70));
    // An administrator gives it to another one.
    let caller = json!({"organization": database.organization("platform"), "provider": "default",
        "subject": "admin", "request_id": "r1", "issued_at": ago(0) / 1_000});
    let mut put = |slug: &str, external_id: &str| {
        let content =
            json!({"name": slug, "plan": "free", "domains": [], "external_id": external_id});
        let statement =
            "SELECT outcome FROM shell.put_organization($1, $2, NULL, gen_random_uuid(), $3, NULL)";
        let row = runtime
            .query_one(statement, &[&caller, &slug, &content])
            .unwrap();
        assert_eq!(row.get::<_, Option<String>>(0).as_deref(), Some("replaced"));
    };
    put("acme", "B");
    assert_eq!(memberships(database, "zoe"), [""; 0]);
    put("globex", "A");
    assert_eq!(memberships(database, "zoe"), ["globex event"]);
}

#[test]
fn of_a_deleted_user_nothing_personal_stays_or_comes_back() {
    let setup = Setup::seeded();
    let database = setup.database();
    named(database);
    let link = json!({"kind": "link", "user": "zoe-1", "alias": "google", "linked": true, "username": "zoe.zander"});
    let mut zoe = created("zoe-1", json!({}));
    zoe["username"] = json!("zoe.zander");
    zoe["last_name"] = json!("Zander");
    let joins = json!({"kind": "group_member", "user": "zoe-1", "group": "g1", "member": true});
    let by_name = json!({"kind": "membership", "organization": "A", "member": true, "username": "zoe.zander"});
    tell(
        database,
        90,
        &[zoe.clone(), link.clone(), joins.clone(), by_name],
    );
    assert_eq!(memberships(database, "zoe-1"), ["acme event"]);
    let outcome = tell(
        database,
        60,
        &[json!({"kind": "user_deleted", "user": "zoe-1"})],
    );
    assert_eq!(outcome.touched.unwrap()["policies"][0]["subject"], "zoe-1");
    for facts in [&[zoe][..], &[link], &[joins], &[member("A", "zoe-1", true)]] {
        let late = tell(database, 10, facts);
        assert_eq!(
            (late.status.as_str(), late.reason.as_deref()),
            ("ignored", Some("user_deleted"))
        );
    }
    assert_eq!(memberships(database, "zoe-1"), [""; 0]);
    assert_eq!(cut_off(database, "acme", "zoe-1"), Some(60));
    for table in [
        "users",
        "user_names",
        "linked_identities",
        "group_members",
        "membership_facts",
        "audit_log",
    ] {
        let statement =
            format!("SELECT count(*) FROM shell.{table} t WHERE t::text ILIKE '%zander%'");
        let row = database.as_superuser().query_one(&statement, &[]).unwrap();
        assert_eq!(row.get::<_, i64>(0), 0, "{table}");
    }
}

#[test]
fn old_events_are_purged_with_what_no_longer_decides() {
    let setup = Setup::seeded();
    let database = setup.database();
    named(database);
    for (user, days) in [("zoe", 20), ("yan", 10)] {
        let seconds = days * 86_400;
        tell(database, seconds, &[created(user, json!({}))]);
        let by_name =
            json!({"kind": "membership", "organization": "A", "member": true, "username": user});
        tell(database, seconds - 10, &[by_name]);
    }
    tell(database, 60, &[member("A", "yan", false)]);
    let unknown =
        json!({"kind": "membership", "organization": "A", "member": true, "username": "nobody"});
    tell(database, 20 * 86_400, &[unknown]);
    // As if all but the last had been told a hundred days before.
    execute(
        database,
        "UPDATE shell.webhook_events SET received_at = received_at - interval '100 days'
         WHERE occurred_at < now() - interval '1 day';
         UPDATE shell.membership_facts SET stamp = shell.stamp_at(shell.stamp_time(stamp) - interval '100 days',
           substr(stamp, 17)) WHERE shell.stamp_time(stamp) < now() - interval '1 day';
         UPDATE shell.user_names SET stamp = shell.stamp_at(shell.stamp_time(stamp) - interval '100 days',
           substr(stamp, 17));
         UPDATE shell.membership_cutoffs SET cut_off_at = now() - interval '91 days'",
    );
    let before = state(database);
    let mut owner = database.as_owner();
    let mut purge = || -> i64 {
        let row = owner.query_one("SELECT shell.purge_webhook_events(1000)", &[]);
        row.unwrap().get(0)
    };
    // Five events, what nobody was found for, what left yan in acme, and the cut-off.
    assert_eq!(purge(), 5 + 2 + 1);
    assert_eq!(purge(), 0);
    let after = state(database);
    assert_eq!(
        (&after["users"], &after["members"]),
        (&before["users"], &before["members"])
    );
    let kept = "SELECT count(*) FROM shell.membership_facts WHERE NOT by_name AND username IS NULL";
    let kept: i64 = database.as_superuser().query_one(kept, &[]).unwrap().get(0);
    assert_eq!(kept, 2);
}

#[test]
fn what_failed_or_waits_is_replayed() {
    let setup = Setup::seeded();
    let database = setup.database();
    named(database);
    let by_name = json!({"kind": "membership", "organization": "A", "member": true, "username": "zoe",
        "email": "zoe@acme.example"});
    assert_eq!(tell(database, 60, &[by_name]).status, "waiting");
    let mut runtime = database.as_runtime();
    let ahead = json!({"id": "ahead", "type": "t", "time": ago(0) + 900_000, "facts": [created("yan", json!({}))]});
    let unreadable =
        json!({"id": "no", "type": "t", "time": ago(0), "facts": [], "failed": "no such path"});
    for event in [&ahead, &unreadable] {
        crate::identity_state::receive_event(&mut runtime, event);
    }
    let mut owner = database.as_owner();
    let mut replay = |after: Option<uuid::Uuid>| {
        let statement =
            "SELECT next, applied, waiting, failed, unreadable FROM shell.replay_events(2, $1)";
        let row = owner.query_one(statement, &[&after]).unwrap();
        let counts: [i64; 4] = std::array::from_fn(|at| row.get(at + 1));
        (row.get::<_, Option<uuid::Uuid>>(0), counts)
    };
    let (next, counts) = replay(None);
    assert_eq!(counts, [0, 1, 1, 0]);
    let (end, counts) = replay(next);
    assert_eq!((end, counts), (None, [0, 0, 0, 1]));
    // A seeding brought whom it waited for, and the time has come.
    execute(
        database,
        "INSERT INTO shell.users (id, identity_provider_id, external_id, username, email, display_name)
         SELECT gen_random_uuid(), id, 'zoe', 'zoe', 'zoe@acme.example', 'Zoe'
         FROM shell.identity_providers WHERE slug = 'default';
         UPDATE shell.webhook_events SET occurred_at = now() WHERE id = 'ahead'",
    );
    let (_, counts) = replay(None);
    assert_eq!(counts, [2, 0, 0, 0]);
    assert_eq!(memberships(database, "zoe"), ["acme event"]);
    assert_eq!(state(database)["users"]["yan"][0], "yan");
}
