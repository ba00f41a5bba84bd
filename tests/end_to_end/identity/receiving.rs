//! Receiving events: each only once, waiting events, updates of Redis, and concurrent events.

use std::{sync::Barrier, thread};

use serde_json::{Value, json};
use tests::{
    Setup, TestDatabase,
    facts::{Told, ago, receive, receive_event},
};

use super::state::state;

fn created(user: &str) -> Value {
    json!({"kind": "user", "user": user, "creates": true, "username": user, "email": format!("{user}@x.example")})
}

fn called(database: &TestDatabase) {
    let statement = "UPDATE shell.organizations SET external_id = 'A' WHERE slug = 'acme'";
    database.as_superuser().batch_execute(statement).unwrap();
}

/// The `(organization, subject)` pairs whose policies Redis must invalidate.
fn policies(touched: &Value) -> Vec<(String, String)> {
    let of = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let rows = touched["policies"].as_array().unwrap().iter();
    rows.map(|row| (of(row, "slug"), of(row, "subject")))
        .collect()
}

fn trail(database: &TestDatabase) -> Vec<String> {
    let statement =
        "SELECT l.action || ' ' || o.slug || ' ' || l.target_ids[1] FROM shell.audit_log l
        JOIN shell.organizations o ON o.id = l.organization_id
        WHERE l.actor_type = 'identity_provider' ORDER BY l.created_at, l.id";
    let rows = database.as_superuser().query(statement, &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[test]
fn a_repeated_event_answers_as_the_first_did_and_tells_redis_again() {
    let setup = Setup::seeded();
    let database = setup.database();
    called(database);
    let mut runtime = database.as_runtime();
    let membership =
        json!({"kind": "membership", "organization": "A", "member": true, "user": "zoe"});
    let told = Told::new("e1", ago(9_000), &[created("zoe"), membership]);
    let first = receive(&mut runtime, &told);
    let again = receive(&mut runtime, &told);
    assert_eq!(
        (first.status.as_str(), first.is_repeated),
        ("applied", false)
    );
    assert_eq!(
        (again.status.as_str(), again.is_repeated),
        ("applied", true)
    );
    let touched = first.touched.unwrap();
    assert_eq!(policies(&touched), [("acme".to_owned(), "zoe".to_owned())]);
    assert_eq!(again.touched, Some(touched));
    let (first, again) = (first.change.unwrap(), again.change.unwrap());
    assert_eq!(first["counter"], again["counter"]);
    assert!(!first["marks"].is_null() && again["marks"].is_null());
    assert_eq!(trail(database), ["user.added acme zoe"]);
}

#[test]
fn what_waits_is_applied_by_what_it_waits_for() {
    let setup = Setup::seeded();
    let database = setup.database();
    called(database);
    let mut runtime = database.as_runtime();
    let by_name = json!({"kind": "membership", "organization": "A", "member": true,
        "username": "zoe", "email": "zoe@x.example"});
    let named = json!({"kind": "user", "user": "zoe", "creates": false, "username": "zoe"});
    let login = [named, json!({"kind": "login", "user": "zoe"})];
    let joined = receive(&mut runtime, &Told::new("e2", ago(8_000), &[by_name]));
    let signed_in = receive(&mut runtime, &Told::new("e3", ago(7_000), &login));
    // A repeated login within the hour is not stored again.
    let again = receive(&mut runtime, &Told::new("e4", ago(6_000), &login));
    for outcome in [&joined, &signed_in, &again] {
        assert_eq!(outcome.status, "waiting");
        assert_eq!(outcome.change, None);
    }
    let came = receive(
        &mut runtime,
        &Told::new("e1", ago(9_000), &[created("zoe")]),
    );
    assert_eq!(came.status, "applied");
    assert_eq!(
        policies(&came.touched.unwrap()),
        [("acme".to_owned(), "zoe".to_owned())]
    );
    let statement = "SELECT w.id || ' ' || w.status FROM shell.webhook_events w ORDER BY 1";
    let rows = database.as_superuser().query(statement, &[]).unwrap();
    let stored: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(stored, ["e1 applied", "e2 applied", "e3 applied"]);
    assert_eq!(trail(database), ["user.added acme zoe"]);
}

#[test]
fn what_is_not_applied_is_kept_with_its_reason() {
    let setup = Setup::seeded();
    let mut runtime = setup.database().as_runtime();
    let day = 86_400_000;
    for (id, time, facts, status, reason) in [
        (
            "old",
            ago(31 * day),
            json!([created("zoe")]),
            "ignored",
            "too_old",
        ),
        (
            "new",
            ago(0) + 600_000,
            json!([created("zoe")]),
            "failed",
            "ahead_of_time",
        ),
        // The column is limited to 255 characters.
        (
            "long",
            ago(0),
            json!([created(&"z".repeat(300))]),
            "failed",
            "cannot_be_applied (23514)",
        ),
        (
            "odd",
            ago(0),
            json!([{"kind": "odd"}]),
            "failed",
            "cannot_be_applied (P0001)",
        ),
    ] {
        let event = json!({"id": id, "type": "t", "time": time, "facts": facts});
        for _ in 0..2 {
            let outcome = receive_event(&mut runtime, &event);
            assert_eq!(outcome.status, status, "{id}");
            assert_eq!(outcome.reason.as_deref(), Some(reason), "{id}");
            assert_eq!(outcome.change, None, "{id}");
        }
    }
    let failed =
        json!({"id": "no", "type": "t", "time": ago(0), "facts": [], "failed": "no such path"});
    let outcome = receive_event(&mut runtime, &failed);
    assert_eq!(outcome.reason.as_deref(), Some("no such path"));
    assert_eq!(state(setup.database())["users"]["zoe"], Value::Null);
    let accepted =
        json!({"id": "soon", "type": "t", "time": ago(0) + 240_000, "facts": [created("zoe")]});
    assert_eq!(receive_event(&mut runtime, &accepted).status, "applied");
}

#[test]
fn a_login_of_somebody_known_moves_one_moment_and_changes_nothing() {
    let setup = Setup::seeded();
    let database = setup.database();
    let mut runtime = database.as_runtime();
    let hour = 3_600_000;
    receive(
        &mut runtime,
        &Told::new("e0", ago(9 * hour), &[created("zoe")]),
    );
    let counter = || -> i64 {
        let row = database
            .as_superuser()
            .query_one("SELECT counter FROM shell.changes", &[]);
        row.unwrap().get(0)
    };
    let last = || -> f64 {
        let statement = "SELECT extract(epoch FROM last_login_at)::float8 FROM shell.users WHERE external_id = 'zoe'";
        let row = database.as_superuser().query_one(statement, &[]);
        row.unwrap().get(0)
    };
    let before = counter();
    let named = json!({"kind": "user", "user": "zoe", "creates": false, "username": "zoe"});
    let login = [named, json!({"kind": "login", "user": "zoe"})];
    // Somebody else is making a change: a login waits for nobody.
    let mut other = database.as_superuser();
    let mut busy = other.transaction().unwrap();
    busy.batch_execute("SELECT shell.lock_changes()").unwrap();
    let (early, late) = (ago(5 * hour), ago(2 * hour));
    for (id, time, expected) in [
        ("e1", early, early),
        ("e2", early + hour / 2, early),
        ("e3", late, late),
    ] {
        let outcome = receive(&mut runtime, &Told::new(id, time, &login));
        assert_eq!((outcome.status.as_str(), outcome.change), ("applied", None));
        #[allow(clippy::cast_precision_loss, reason = "of this century")]
        let expected = expected as f64 / 1000.0;
        assert!((last() - expected).abs() < 0.01, "{id}");
    }
    drop(busy);
    assert_eq!(counter(), before);
    // A client logs in every few minutes.
    let mut client = created("svc");
    client["service_account"] = json!(true);
    for number in 0..3_u64 {
        let told = Told::new(&format!("c{number}"), early + number, &[client.clone()]);
        assert_eq!(receive(&mut runtime, &told).status, "applied");
    }
    let names = "SELECT count(*) FROM shell.user_names WHERE user_external_id = 'svc'";
    let names: i64 = database
        .as_superuser()
        .query_one(names, &[])
        .unwrap()
        .get(0);
    assert_eq!((names, counter()), (1, before + 1));
}

#[test]
fn events_at_once_lose_nothing_and_wait_in_no_circle() {
    let setup = Setup::seeded();
    let database = setup.database();
    called(database);
    let start = ago(100_000);
    let mut events = Vec::new();
    for number in 0..40_u64 {
        let user = ["zoe", "yan"][usize::try_from(number % 2).unwrap()];
        let fields = json!({"kind": "user", "user": user, "creates": true, "username": user,
            "email": format!("{user}@x.example"), "first_name": format!("F{number}")});
        let member = json!({"kind": "membership", "organization": "A", "member": number % 3 != 0,
            "username": user, "email": format!("{user}@x.example")});
        let named = json!({"kind": "user", "user": user, "creates": false, "username": user});
        let login = json!({"kind": "login", "user": user});
        let time = start + 1_000 * number;
        events.push(Told::new(&format!("f{number:02}"), time, &[fields]));
        events.push(Told::new(&format!("m{number:02}"), time + 1, &[member]));
        events.push(Told::new(
            &format!("l{number:02}"),
            time + 2,
            &[named, login],
        ));
    }
    let everybody = Barrier::new(4);
    let outcomes: Vec<(String, bool)> = thread::scope(|scope| {
        let one = |backwards: bool| {
            let (everybody, mut events) = (&everybody, events.clone());
            scope.spawn(move || {
                let mut runtime = database.as_runtime();
                if backwards {
                    events.reverse();
                }
                everybody.wait();
                let received = events.iter().map(|told| {
                    let outcome = receive(&mut runtime, told);
                    (told.id.clone(), outcome.is_repeated)
                });
                received.collect::<Vec<_>>()
            })
        };
        let all = [one(false), one(true), one(false), one(true)];
        all.into_iter()
            .flat_map(|one| one.join().unwrap())
            .collect()
    });
    // Each was stored by exactly one of the four, except for logins that were already waiting.
    for told in events.iter().filter(|told| !told.id.starts_with('l')) {
        let stored = outcomes
            .iter()
            .filter(|(id, repeated)| *id == told.id && !repeated);
        assert_eq!(stored.count(), 1, "{told:?}");
    }
    let state = state(database);
    assert_eq!(state["users"]["zoe"][3], "F38");
    assert_eq!(state["users"]["yan"][3], "F39");
    let members = state["members"].as_array().unwrap();
    // 38 joins, and 39 leaves.
    assert!(members.contains(&json!(["acme", "zoe", "event"])));
    assert!(!members.iter().any(|row| row[1] == "yan"), "{members:?}");
    assert_eq!(state["failed"], Value::Null);
}
