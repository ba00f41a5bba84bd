//! Invariant 3 for the trail: whatever happens to a store, an append succeeds or is answered with 503, and is never
//! recorded in part.

use serde_json::{Value, json};
use tests::{
    Answer, Mode, Proxy, Setup, Shell,
    audit::{PATH, append, count, event, identified, new_id, read, with},
    on_own_postgres,
    redis::{connect, run},
    waiting::{pause, soon},
};

const ACTION: &str = "file.read";

fn several(number: i32) -> Value {
    let event = |of: i32| with("metadata", json!({"call": number, "of": of}));
    json!((0..10).map(event).collect::<Vec<_>>())
}

#[test]
fn redis_flushed_stopped_and_back() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    for number in 0..10 {
        run::<()>(&mut redis, &["FLUSHALL"]);
        append(&shell, &several(number)).expect(201);
    }
    let id = new_id();
    let first = append(&shell, &identified(&id)).expect(201);
    shell.redis().kill_hard();
    for number in 0..3 {
        soon(|| append(&shell, &several(number))).expect(201);
    }
    // A repeated id is recognized by PostgreSQL, not by Redis.
    assert_eq!(
        append(&shell, &identified(&id)).expect(201).body,
        first.body
    );
    soon(|| read(&shell, "acme", "?limit=1")).expect(200);
    shell.redis().restart().unwrap();
    append(&shell, &event()).expect(201);
    assert_eq!(count(&shell, ACTION), 132);
}

#[test]
fn redis_that_hangs() {
    let mut setup = Setup::seeded();
    let proxy = Proxy::to(&setup.redis().url().host);
    let shell = setup.variable("redis_host", proxy.address()).start();
    append(&shell, &event()).expect(201);
    proxy.set(Mode::Hang);
    for _ in 0..3 {
        soon(|| append(&shell, &event())).expect(201);
    }
    assert_eq!(count(&shell, ACTION), 4);
}

#[test]
fn postgresql_stopped_and_back() {
    let (mut postgres, shell) = on_own_postgres(Setup::empty());
    let tokens = [
        shell.token("acme", "alice"),
        shell.token("platform", "admin"),
    ];
    let send = |body: &Value| -> Answer {
        let request = shell.request("POST", PATH).bearing(&tokens[0]);
        soon(|| request.json(body).send())
    };
    let known = identified(&new_id());
    let first = send(&known).expect(201);
    postgres.stop();
    for body in [&event(), &several(1), &known] {
        let answer = send(body).expect_problem(503, "unavailable");
        assert!(answer.header("retry-after").is_some());
    }
    // Errors in the body are found without a store.
    send(&with("outcome", json!(1))).expect_problem(422, "invalid-fields");
    for rest in ["", "/01970000-0000-7000-8000-000000000001"] {
        let request = shell.get(&format!("{PATH}{rest}")).bearing(&tokens[1]);
        soon(|| request.send()).expect_problem(503, "unavailable");
    }
    postgres.restart().unwrap();
    shell.wait_for_pgbouncer();
    assert_eq!(send(&known).expect(201).body, first.body);
    assert_eq!(count(&shell, ACTION), 1);
}

#[test]
fn postgresql_that_hangs_after_it_was_asked() {
    let setup = Setup::seeded();
    let proxy = Proxy::to(&setup.database().runtime.host);
    let shell = setup.variable("database_host", proxy.address()).start();
    append(&shell, &event()).expect(201);
    proxy.set(Mode::Hang);
    let sent = identified(&new_id());
    for body in [&sent, &several(1)] {
        soon(|| append(&shell, body)).expect_problem(503, "unavailable");
    }
    proxy.set(Mode::Pass);
    // Retrying is safe, whether it was recorded or not.
    append(&shell, &sent).expect(201);
    append(&shell, &sent).expect(201);
    pause(500);
    let recorded = count(&shell, ACTION);
    assert!([2, 12].contains(&recorded), "{recorded}: a call in part");
}

#[test]
fn a_statement_that_fails_writes_nothing() {
    let shell = Shell::start();
    append(&shell, &event()).expect(201);
    let mut superuser = shell.database().as_superuser();
    let group = shell.database().group();
    let revoked = format!("REVOKE INSERT ON shell.audit_log FROM {group}");
    superuser.batch_execute(&revoked).unwrap();
    let id = new_id();
    append(&shell, &identified(&id)).expect_problem(500, "internal");
    // A read that cannot be recorded is refused.
    let answer = read(&shell, "acme", "").expect_problem(500, "internal");
    assert!(!answer.body.contains(ACTION));
    let granted = format!("GRANT INSERT ON shell.audit_log TO {group}");
    superuser.batch_execute(&granted).unwrap();
    assert_eq!(count(&shell, ACTION), 1);
    append(&shell, &identified(&id)).expect(201);
    assert_eq!(count(&shell, ACTION), 2);
}

/// The read of Redis, which has 250 ms, and the statement, which has 3 s, share one timer.
#[test]
fn a_statement_has_longer_than_the_look_at_redis_before_it() {
    let shell = Shell::start();
    append(&shell, &event()).expect(201);
    let mut superuser = shell.database().as_superuser();
    let mut locked = superuser.transaction().unwrap();
    let lock = "LOCK TABLE shell.audit_log IN ACCESS EXCLUSIVE MODE";
    locked.batch_execute(lock).unwrap();
    let waiting = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let begun = std::time::Instant::now();
            append(&shell, &event()).expect(201);
            begun.elapsed()
        });
        pause(1_000);
        locked.rollback().unwrap();
        waiting.join().unwrap()
    });
    // It waited for the lock, and longer than the deadline of Redis.
    assert!(waiting.as_millis() > 250, "{waiting:?}");
    assert_eq!(count(&shell, ACTION), 2);
}
