//! Invariants 2 and 8: whatever traps, no transaction stays open and only requests of the same instance
//! fail; and no request ever wakes another.

use std::{sync::Barrier, thread, time::Duration};

use tests::{Setup, Shell};

/// The component that misbehaves, with a table to write to.
fn faulty() -> Shell {
    let setup = Setup::seeded();
    let group = setup.database().group();
    setup
        .database()
        .as_superuser()
        .batch_execute(&format!(
            "CREATE SCHEMA shell_test;
             CREATE TABLE shell_test.written (what text NOT NULL);
             CREATE FUNCTION shell_test.write(what text) RETURNS text LANGUAGE plpgsql AS $$
             BEGIN
               INSERT INTO shell_test.written VALUES (what);
               PERFORM pg_sleep(0.5);
               INSERT INTO shell_test.written VALUES (what);
               RETURN what;
             END $$;
             GRANT USAGE ON SCHEMA shell_test TO {group};
             GRANT INSERT ON shell_test.written TO {group}",
        ))
        .unwrap();
    setup
        .manifest(xtask::workspace::root().join("tests/faulty/spin.toml"))
        .start()
}

fn open_transactions(shell: &Shell) -> i64 {
    let query = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    shell
        .database()
        .as_superuser()
        .query_one(query, &[])
        .unwrap()
        .get(0)
}

fn written(shell: &Shell, what: &str) -> i64 {
    let query = "SELECT count(*) FROM shell_test.written WHERE what = $1";
    shell
        .database()
        .as_superuser()
        .query_one(query, &[&what])
        .unwrap()
        .get(0)
}

#[test]
fn a_trap_after_an_operation_leaves_it_whole_and_no_transaction_open() {
    let shell = faulty();
    for _ in 0..5 {
        shell.get("/write-then-trap").send().expect(500);
    }
    assert_eq!(open_transactions(&shell), 0);
    assert_eq!(written(&shell, "then"), 10);
    shell.get("/well").send().expect(200);
}

#[test]
fn a_trap_in_mid_operation_leaves_it_whole_or_undone() {
    let shell = faulty();
    for _ in 0..3 {
        shell.get("/trap-while-writing").send().expect(500);
    }
    // PostgreSQL completes the statement or rolls it back: each operation leaves two rows or none.
    thread::sleep(Duration::from_millis(800));
    assert_eq!(open_transactions(&shell), 0);
    assert_eq!(written(&shell, "while") % 2, 0);
    assert_eq!(shell.get("/sleep").send().expect(200).body, "slept");
}

#[test]
fn a_trap_fails_no_request_that_comes_after_it() {
    let shell = faulty();
    for _ in 0..20 {
        shell.get("/trap").send().expect(500);
        shell.get("/well").send().expect(200);
    }
    assert!(shell.output().contains("as told"));
}

#[test]
fn what_the_manifest_does_not_declare_is_refused() {
    let shell = faulty();
    assert_eq!(shell.get("/undeclared-variable").send().body, "refused");
    assert_eq!(shell.get("/undeclared-host").send().body, "refused");
}

#[test]
fn many_at_once_that_find_nothing_remembered() {
    for path in ["/v1/apps", "/v1/apps/drive"] {
        let shell = Shell::start();
        let barrier = Barrier::new(64);
        thread::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|| {
                    let request = shell.get(path).by("acme", "alice");
                    barrier.wait();
                    request.send().expect(200);
                });
            }
        });
        let output = shell.output();
        assert!(
            !output.contains("trap") && !output.contains("panicked"),
            "{output}"
        );
    }
}
