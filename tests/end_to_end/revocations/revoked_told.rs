//! Several revocations of the same value in Redis, written in any order.

use service::revocation::ADD;
use tests::{
    Shell,
    redis::{connect, run},
};
use uuid::Uuid;

const KEY: &str = "revoked:default:subject:alice";

/// Merges a cut-off into the stored value.
fn add(redis: &mut redis::Connection, cut_off: &str, scope: &str, life: u64) {
    let script = format!("{ADD}\nadd_revocation(KEYS[1], ARGV[1], ARGV[2], ARGV[3]) return 1");
    let life = life.to_string();
    run::<()>(redis, &["EVAL", &script, "1", KEY, cut_off, scope, &life]);
}

fn stands(redis: &mut redis::Connection) -> Vec<String> {
    let value: String = run(redis, &["GET", KEY]);
    let mut entries: Vec<_> = value.split(' ').map(str::to_owned).collect();
    entries.sort_unstable();
    entries
}

#[test]
fn of_each_scope_the_greatest_cut_off_stands_in_whatever_order_it_came() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let (acme, globex) = (format!("@{}", Uuid::nil()), format!("@{}", Uuid::max()));
    let told = [
        ("100", ""),
        ("300", &acme),
        ("200", ""),
        ("9", ""),
        ("40", &globex),
    ];
    for turn in 0..told.len() {
        run::<()>(&mut redis, &["DEL", KEY]);
        let (first, second) = told.split_at(turn);
        for (cut_off, scope) in second.iter().chain(first).chain(first) {
            add(&mut redis, cut_off, scope, 5_000);
        }
        let mut expected = vec![
            "200".to_owned(),
            format!("300{acme}"),
            format!("40{globex}"),
        ];
        expected.sort_unstable();
        assert_eq!(stands(&mut redis), expected);
    }
    add(&mut redis, "253402300799", "", 5_000);
    assert!(stands(&mut redis).contains(&"253402300799".to_owned()));
}

#[test]
fn the_longest_life_stands() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    for life in [60_000, 600_000, 5_000] {
        add(&mut redis, "100", "", life);
    }
    let left: u64 = run(&mut redis, &["PTTL", KEY]);
    assert!((60_001..=600_000).contains(&left), "{left}");
}

#[test]
fn what_cannot_be_read_stays_beside_what_is_added() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    run::<()>(&mut redis, &["SET", KEY, "of another version, 100x"]);
    add(&mut redis, "100", "", 5_000);
    add(&mut redis, "200", "", 5_000);
    let expected = ["100x", "200", "another", "of", "version,"];
    assert_eq!(stands(&mut redis), expected);
    // A value of another type has no effect.
    run::<()>(&mut redis, &["DEL", KEY]);
    run::<()>(&mut redis, &["LPUSH", KEY, "100"]);
    add(&mut redis, "50", "", 5_000);
    assert_eq!(stands(&mut redis), ["50"]);
}
