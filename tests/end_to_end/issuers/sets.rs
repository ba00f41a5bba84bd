//! PostgreSQL's decisions about key sets: which request may fetch one, and which set is stored.

use std::{sync::Barrier, thread};

use postgres::Client;
use tests::{Setup, TestDatabase};

const SOURCE: &str = "https://id.example";

/// Whether it was granted, and for how many seconds it will not be granted again.
fn claim(client: &mut Client, source: &str) -> (bool, i32) {
    let query = "SELECT granted, wait_seconds FROM shell.claim_key_refresh('default', $1)";
    let row = client.query_one(query, &[&source]).unwrap();
    (row.get(0), row.get(1))
}

/// Stores a set whose fetch began so many seconds from now; returns whether it was stored.
fn keep(client: &mut Client, source: &str, set: &str, seconds: i64) -> bool {
    let query = "SELECT kept FROM shell.keep_key_set('default', $1, $2,
        shell.unix_microseconds(now()) + $3::bigint * 1000000)";
    let row = client.query_one(query, &[&source, &set, &seconds]).unwrap();
    row.get(0)
}

fn kept(client: &mut Client) -> (String, String) {
    let query = "SELECT source, key_set FROM shell.key_sets";
    let row = client.query_one(query, &[]).unwrap();
    (row.get(0), row.get(1))
}

/// Moves the last grant into the past.
fn pass(database: &TestDatabase, seconds: i32) {
    let query = "UPDATE shell.key_sets SET asked_at = asked_at - $1 * interval '1 second'";
    let mut superuser = database.as_superuser();
    superuser.execute(query, &[&f64::from(seconds)]).unwrap();
}

#[test]
fn the_first_fetch_may_be_tried_every_5_s_and_does_not_count() {
    let setup = Setup::seeded();
    let database = setup.database();
    let mut runtime = database.as_runtime();
    assert_eq!(claim(&mut runtime, SOURCE), (true, 5));
    assert_eq!(claim(&mut runtime, SOURCE), (false, 5));
    pass(database, 5);
    assert_eq!(claim(&mut runtime, SOURCE), (true, 5));
    assert!(keep(&mut runtime, SOURCE, "one", 0));
    assert_eq!(claim(&mut runtime, SOURCE), (true, 20));
    pass(database, 18);
    let (granted, wait) = claim(&mut runtime, SOURCE);
    assert!(!granted && (1..=2).contains(&wait), "{wait}");
    pass(database, 2);
    assert_eq!(claim(&mut runtime, SOURCE), (true, 20));
}

#[test]
fn of_many_at_once_one_fetches() {
    let setup = Setup::seeded();
    let database = setup.database();
    let (mut first, barrier) = (database.as_runtime(), Barrier::new(16));
    for round in 0..5 {
        if round == 1 {
            assert!(keep(&mut first, SOURCE, "one", 0));
        }
        let granted = thread::scope(|scope| {
            let claims: Vec<_> = (0..16)
                .map(|_| {
                    scope.spawn(|| {
                        let mut client = database.as_runtime();
                        barrier.wait();
                        claim(&mut client, SOURCE).0
                    })
                })
                .collect();
            let claims = claims.into_iter().map(|claim| claim.join().unwrap());
            claims.filter(|granted| *granted).count()
        });
        assert_eq!(granted, 1, "in round {round}");
        pass(database, 21);
    }
}

#[test]
fn a_newer_set_is_never_replaced_and_another_sources_always() {
    let setup = Setup::seeded();
    let mut runtime = setup.database().as_runtime();
    let of = |source: &str, set: &str| (source.to_owned(), set.to_owned());
    assert!(keep(&mut runtime, SOURCE, "one", -10));
    assert!(!keep(&mut runtime, SOURCE, "late", -11));
    assert!(keep(&mut runtime, SOURCE, "two", -9));
    assert_eq!(kept(&mut runtime), of(SOURCE, "two"));
    assert!(keep(&mut runtime, "https://other.example", "three", -20));
    assert_eq!(kept(&mut runtime), of("https://other.example", "three"));
    // This set is from before the clock was set back.
    assert!(keep(&mut runtime, "https://other.example", "four", 100));
    assert!(keep(&mut runtime, "https://other.example", "five", 0));
    assert_eq!(kept(&mut runtime).1, "five");
}

#[test]
fn nobody_fetches_for_a_provider_that_is_not_there() {
    let setup = Setup::seeded();
    let mut runtime = setup.database().as_runtime();
    let query = "SELECT granted FROM shell.claim_key_refresh('nobody', 'https://id.example')";
    assert!(!runtime.query_one(query, &[]).unwrap().get::<_, bool>(0));
}
