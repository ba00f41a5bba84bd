//! The steady state: a read costs one command, and the answer says how old it is.

use std::time::Instant;

use tests::{
    Shell,
    redis::{calls, connect, run},
    renaming::read,
};

#[test]
fn a_read_costs_one_command() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let token = shell.token("acme", "alice");
    let read = || {
        let answer = shell.get("/v1/apps/drive").bearing(&token).send();
        answer.header("cache-status").unwrap().to_owned()
    };
    for _ in 0..3 {
        read();
    }
    run::<()>(&mut redis, &["CONFIG", "RESETSTAT"]);
    let started = Instant::now();
    for _ in 0..50 {
        assert_eq!(read(), "shell; hit");
    }
    let seconds = started.elapsed().as_secs() + 1;
    let calls = calls(&mut redis);
    let count = |wanted: fn(&str) -> bool| -> u64 {
        let wanted = calls.iter().filter(|(name, _)| wanted(name));
        wanted.map(|(_, calls)| calls).sum()
    };
    assert_eq!(count(|name| name == "mget"), 50, "{calls:?}");
    // Twice a second, two scripts compare the lease, with nine commands in total.
    let others = count(|name| name != "mget" && !name.starts_with("config"));
    assert!(
        others <= 9 * (2 * seconds + 1),
        "{others} others: {calls:?}"
    );
}

#[test]
fn what_is_not_there_is_known_from_redis_too() {
    let shell = Shell::start();
    read(&shell);
    let answer = shell.get("/v1/apps/nothing").by("acme", "alice").send();
    assert_eq!(answer.header("cache-status"), Some("shell; hit"));
    let age: u64 = answer.header("age").expect("an Age").parse().unwrap();
    assert!(age < 30, "{age}");
    answer.expect_problem(404, "unknown-app");
}
