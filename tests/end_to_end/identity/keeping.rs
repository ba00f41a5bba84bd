//! Which events are stored, for how long, and which are applied again.

use serde_json::json;
use tests::{
    Setup,
    facts::{ago, created, member, receive_event, tell},
    identity::{cut_off, memberships, named},
    sql::execute,
};

use super::state::state;

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
    // As if all but the last had been received a hundred days before.
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
    // Five events, the fact about an unknown user, the fact that had made yan a member of acme, and the cut-off.
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
        receive_event(&mut runtime, event);
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
    // A seeding has added the user that it waited for, and its time has come.
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
