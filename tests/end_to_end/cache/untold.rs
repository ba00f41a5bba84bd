//! Changes that are in PostgreSQL but could not be written to Redis are visible within a second nevertheless.

use std::{thread, time::Duration};

use serde_json::Value;
use tests::{
    Mode, Proxy, RedisSnapshot, Setup, Shell,
    redis::{connect, run},
    renaming::{read, rename, shows_in_time, shows_within},
    waiting::BOUND,
};

/// In no catalogue of acme: writing this app invalidates nothing there.
const ANALYTICS: &str = "/v1/apps/analytics";

/// The deadline of PostgreSQL.
const SLOW: Duration = Duration::from_secs(3);

/// Renames drive while Redis accepts no writes.
pub(crate) fn rename_untold(shell: &Shell, redis: &mut redis::Connection, name: &str) {
    run::<()>(redis, &["CONFIG", "SET", "maxmemory", "1"]);
    assert_eq!(rename(shell, name), 503);
    run::<()>(redis, &["CONFIG", "SET", "maxmemory", "0"]);
}

fn analytics(shell: &Shell) -> Value {
    let answer = shell.platform("GET", ANALYTICS).send();
    answer.expect(200).json()
}

/// Puts the current content again.
fn put_again(shell: &Shell, analytics: &Value) {
    let request = shell.platform("PUT", ANALYTICS).json(analytics);
    assert_eq!(request.send().expect(200).json(), *analytics);
}

#[test]
fn a_write_that_changes_nothing_does_not_hide_one() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let analytics = analytics(&shell);
    for name in ["the first", "the second", "the third"] {
        read(&shell);
        rename_untold(&shell, &mut redis, name);
        put_again(&shell, &analytics);
        shows_in_time(&shell, name);
    }
}

#[test]
fn a_write_that_changes_nothing_does_not_hide_what_redis_forgot() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let analytics = analytics(&shell);
    assert_eq!(rename(&shell, "old"), 200);
    assert_eq!(read(&shell), "old");
    let snapshot = RedisSnapshot::of(&mut redis);
    assert_eq!(rename(&shell, "new"), 200);
    assert_eq!(read(&shell), "new");
    snapshot.restore(&mut redis);
    put_again(&shell, &analytics);
    shows_in_time(&shell, "new");
}

#[test]
fn a_slow_postgresql_does_not_hide_one() {
    let setup = Setup::seeded();
    let proxy = Proxy::to(&setup.database().runtime.host);
    let mut shell = setup.variable("database_host", proxy.address()).start();
    let mut redis = connect(&mut shell);
    read(&shell);
    rename_untold(&shell, &mut redis, "changed");
    proxy.set(Mode::Slow);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| shows_within(&shell, "changed", BOUND + SLOW));
        }
    });
}
