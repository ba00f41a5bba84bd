//! Of many requests that miss the cache, one asks PostgreSQL, and none waits if its answer is already cached.

use std::thread;

use tests::{
    Shell,
    redis::{connect, run},
    waiting::pause,
};

#[test]
fn one_asks_for_all() {
    let shell = Shell::start();
    // From here on there is a lease, and nothing of acme is cached.
    shell
        .get("/v1/apps")
        .by("globex", "carol")
        .send()
        .expect(200);
    let token = shell.token("acme", "alice");
    let mut superuser = shell.database().as_superuser();
    let mut locking = superuser.transaction().unwrap();
    let lock = "LOCK TABLE shell.apps IN ACCESS EXCLUSIVE MODE";
    locking.batch_execute(lock).unwrap();
    let statuses: Vec<String> = thread::scope(|scope| {
        let readers = [(); 16].map(|()| {
            scope.spawn(|| {
                let answer = shell.get("/v1/apps").bearing(&token).send().expect(200);
                answer.header("cache-status").unwrap().to_owned()
            })
        });
        pause(400);
        locking.rollback().unwrap();
        readers.map(|reader| reader.join().unwrap()).to_vec()
    });
    let count = |status: &str| statuses.iter().filter(|other| *other == status).count();
    let counts = (count("shell; fwd=miss; stored"), count("shell; hit"));
    assert_eq!(counts, (1, 15), "{statuses:?}");
}

/// The number of reads of a single key: requests that wait for another one poll in this way.
fn looks(redis: &mut redis::Connection) -> u64 {
    let stats: String = run(redis, &["INFO", "commandstats"]);
    let line = stats.lines().find(|line| line.starts_with("cmdstat_get:"));
    let calls = line.and_then(|line| line.split(['=', ',']).nth(1));
    calls.map_or(0, |calls| calls.parse().unwrap())
}

#[test]
fn nobody_waits_for_one_who_was_refused() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let token = shell.token("platform", "admin");
    shell.get("/v1/apps").bearing(&token).send().expect(200);
    let refused = || {
        let request = shell.get("/v1/apps").bearing(&token);
        let answer = request.header("shell-organization", "initech").send();
        answer.expect_problem(403, "forbidden");
    };
    refused();
    let locks: Vec<String> = run(&mut redis, &["KEYS", "lock:*"]);
    let [lock] = locks.as_slice() else {
        panic!("{locks:?}");
    };
    let left: i64 = run(&mut redis, &["PTTL", lock]);
    assert!((1..=1_000).contains(&left), "{left}");
    // So that the test does not depend on timing.
    run::<i64>(&mut redis, &["PEXPIRE", lock, "60000"]);
    let before = looks(&mut redis);
    for _ in 0..6 {
        refused();
    }
    assert_eq!(looks(&mut redis), before);
}

/// PostgreSQL may return late what was true when it was asked: the value's age counts from the request.
#[test]
fn a_value_is_as_old_as_the_question() {
    let shell = Shell::start();
    let token = shell.token("acme", "alice");
    let read = || shell.get("/v1/apps").bearing(&token).send().expect(200);
    shell
        .get("/v1/apps")
        .by("globex", "carol")
        .send()
        .expect(200);
    let mut superuser = shell.database().as_superuser();
    let mut locking = superuser.transaction().unwrap();
    let lock = "LOCK TABLE shell.apps IN ACCESS EXCLUSIVE MODE";
    locking.batch_execute(lock).unwrap();
    thread::scope(|scope| {
        let reader = scope.spawn(read);
        pause(1_500);
        locking.rollback().unwrap();
        let answer = reader.join().unwrap();
        assert_eq!(
            answer.header("cache-status"),
            Some("shell; fwd=miss; stored")
        );
    });
    let hit = read();
    assert_eq!(hit.header("cache-status"), Some("shell; hit"));
    let age: u64 = hit.header("age").unwrap().parse().unwrap();
    assert!(age >= 1, "{age}");
}
