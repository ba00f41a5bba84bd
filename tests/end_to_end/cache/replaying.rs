//! Old and invented values put into Redis: they are refused if they are too old, and cannot prevent the comparison of
//! the epoch.

use std::time::Instant;

use service::cache::seal::SealKey;
use tests::{
    Answer, Setup, Shell,
    redis::{connect, run},
    renaming::{read, shows_in_time},
    waiting::{BOUND, pause},
};

use super::untold::rename_untold;

const KEY: &str = "a secret of at least 32 characters";

fn get(shell: &Shell) -> Answer {
    let answer = shell.get("/v1/apps/drive").by("acme", "alice").send();
    answer.expect(200)
}

fn is_hit(answer: &Answer) -> bool {
    answer.header("cache-status") == Some("shell; hit")
}

/// Asserts that reads are soon cached again.
#[track_caller]
pub(crate) fn is_kept_again(shell: &Shell) {
    let started = Instant::now();
    while !is_hit(&get(shell)) {
        assert!(started.elapsed() < BOUND);
        pause(20);
    }
}

/// Makes a key's value look as if it had been written so many seconds earlier, and removes its TTL.
fn age(redis: &mut redis::Connection, key: &str, context: &str, seconds: u64) {
    let seal = SealKey::new(KEY).unwrap();
    let mut value = seal
        .open(key, context, run(redis, &["GET", key]))
        .expect("sealed by the Shell");
    value.written_at -= 1_000 * seconds;
    let mut set = redis::cmd("SET");
    set.arg(key).arg(seal.seal(key, context, &value));
    set.exec(redis).unwrap();
}

#[test]
fn a_value_counts_for_thirty_seconds_however_long_it_stands() {
    let mut shell = Setup::seeded().variable("receipt_key", KEY).start();
    let mut redis = connect(&mut shell);
    let acme = shell.database().organization("acme");
    let key = format!("discovery:default:{acme}:");
    read(&shell);
    let sealed = run(&mut redis, &["GET", "epoch:id"]);
    let epoch = SealKey::new(KEY).unwrap().open("epoch:id", "", sealed);
    let epoch = String::from_utf8(epoch.unwrap().content).unwrap();

    age(&mut redis, &key, &epoch, 20);
    let hit = get(&shell);
    assert!(is_hit(&hit), "{hit:?}");
    let said: u64 = hit.header("age").unwrap().parse().unwrap();
    assert!((20..30).contains(&said), "{said}");

    age(&mut redis, &key, &epoch, 11);
    let missed = get(&shell).header("cache-status").unwrap().to_owned();
    assert_eq!(missed, "shell; fwd=miss; stored");
    assert!(is_hit(&get(&shell)));
}

#[test]
fn nothing_keeps_the_epoch_from_being_compared() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    for (key, command, value) in [
        ("epoch:checked", "SET", "x"),
        ("epoch:checked", "RPUSH", "x"),
        ("epoch:comparing", "SET", "x"),
        ("epoch:comparing", "RPUSH", "x"),
        ("epoch:mark", "SET", "inf a"),
        ("epoch:mark", "RPUSH", "1 a"),
    ] {
        is_kept_again(&shell);
        // Atomically, since a comparison may be running.
        let put = "redis.call('DEL', KEYS[1]) redis.call(ARGV[1], KEYS[1], ARGV[2])";
        run::<()>(&mut redis, &["EVAL", put, "1", key, command, value]);
        let name = format!("after {command} {key} {value}");
        rename_untold(&shell, &mut redis, &name);
        shows_in_time(&shell, &name);
        is_kept_again(&shell);
    }
}

#[test]
fn a_comparison_counts_for_ten_seconds_however_long_it_stands() {
    let mut shell = Setup::seeded().variable("receipt_key", KEY).start();
    let mut redis = connect(&mut shell);
    read(&shell);
    age(&mut redis, "epoch:checked", "", 11);
    rename_untold(&shell, &mut redis, "changed");
    shows_in_time(&shell, "changed");
    is_kept_again(&shell);
}

/// While PostgreSQL is unavailable, a comparison is valid for four seconds. PostgreSQL may have come back meanwhile
/// with older data, so the first reader after a pause compares first.
#[test]
fn after_an_outage_of_postgresql_the_first_reader_compares() {
    let mut shell = Setup::seeded().variable("receipt_key", KEY).start();
    let mut redis = connect(&mut shell);
    read(&shell);
    age(&mut redis, "epoch:checked", "", 2);
    run::<i64>(&mut redis, &["DEL", "epoch:comparing"]);
    rename_untold(&shell, &mut redis, "changed");
    assert_eq!(read(&shell), "changed");
}
