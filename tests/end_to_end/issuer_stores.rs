//! Keys of issuers while a store is away, and what becomes of old ones.

use std::{
    thread,
    time::{Duration, Instant},
};

use tests::{Mode, Proxy, Setup, Shell, Signer};

use crate::{
    faults::{connect, pause, run},
    issuer_finding::{apps, expect_later, in_the_end, trusting},
    stores::soon,
};

/// Makes the kept set as old as this, and forgets the copies of it that are not an instance's.
fn age(shell: &mut Shell, age: &str) {
    let statement = format!(
        "UPDATE shell.key_sets SET fetched_at = fetched_at - interval '{age}',
        asked_at = asked_at - interval '{age}'"
    );
    shell
        .database()
        .as_superuser()
        .batch_execute(&statement)
        .unwrap();
    run::<()>(&mut connect(shell), &["FLUSHALL"]);
}

/// Longer than an instance keeps what it has when nobody asks it.
fn forget() {
    pause(1_500);
}

#[test]
fn redis_may_be_away() {
    let (issuer, mut shell) = trusting();
    let acme = shell.database().organization("acme");
    apps(&shell, &issuer.token_of(acme, "alice")).expect(200);
    shell.redis().kill_hard();
    soon(|| apps(&shell, &issuer.token_of(acme, "bob"))).expect(200);
    forget();
    soon(|| apps(&shell, &issuer.token_of(acme, "carol"))).expect(200);
    issuer.rotate(Signer::ed25519("second"));
    soon(|| apps(&shell, &issuer.token_of(acme, "alice"))).expect(200);
    shell.redis().restart().unwrap();
    soon(|| apps(&shell, &issuer.token_of(acme, "dave"))).expect(200);
    assert_eq!(issuer.fetched().len(), 2);
}

#[test]
fn redis_may_lose_them() {
    let (issuer, mut shell) = trusting();
    let acme = shell.database().organization("acme");
    for _ in 0..3 {
        apps(&shell, &issuer.token_of(acme, "alice")).expect(200);
        run::<()>(&mut connect(&mut shell), &["FLUSHALL"]);
        apps(&shell, &issuer.token_of(acme, "alice")).expect(200);
    }
    assert_eq!(issuer.fetched().len(), 1);
}

#[test]
fn postgresql_may_be_away() {
    let issuer = tests::IssuerServer::start();
    let setup = Setup::seeded().trusting(&issuer);
    let postgresql = Proxy::to(&setup.database().runtime.host);
    let shell = setup
        .variable("database_host", postgresql.address())
        .start();
    let acme = shell.database().organization("acme");
    let token = issuer.token_of(acme, "alice");
    for _ in 0..3 {
        apps(&shell, &token).expect(200);
    }
    postgresql.set(Mode::Cut);
    soon(|| apps(&shell, &token)).expect(200);
    forget();
    soon(|| apps(&shell, &token)).expect(200);
    issuer.rotate(Signer::ed25519("second"));
    let new = issuer.token_of(acme, "alice");
    assert_eq!(soon(|| apps(&shell, &new)).status, 503);
    assert_eq!(issuer.fetched().len(), 1);
    postgresql.set(Mode::Pass);
    let (answer, _) = in_the_end(Duration::from_secs(22), || apps(&shell, &new));
    answer.expect(200);
}

#[test]
fn what_is_five_minutes_old_is_fetched_again_by_one_for_all() {
    let (issuer, mut shell) = trusting();
    let acme = shell.database().organization("acme");
    apps(&shell, &issuer.token_of(acme, "alice")).expect(200);
    let other = shell.another_host();
    age(&mut shell, "6 minutes");
    forget();
    // The old key is not asked for: no request waits for the new set.
    issuer.rotate(Signer::ed25519("second"));
    let old = issuer.named("first");
    thread::scope(|scope| {
        for number in 0..16 {
            let (shell, other, issuer, old) = (&shell, &other, &issuer, &old);
            scope.spawn(move || {
                let token = old.sign(&issuer.claims_of(acme, &format!("user-{number}")));
                let request = if number % 2 == 0 {
                    shell.get("/v1/apps")
                } else {
                    shell.request_at(other, "GET", "/v1/apps")
                };
                request.bearing(&token).send().expect(200);
            });
        }
    });
    let started = Instant::now();
    while issuer.fetched().len() < 2 {
        assert!(started.elapsed() < Duration::from_secs(5), "nobody fetches");
        pause(20);
    }
    // Whoever else thought of it has by now.
    pause(1_000);
    assert_eq!(issuer.fetched().len(), 2);
    apps(&shell, &issuer.token_of(acme, "alice")).expect(200);
    assert_eq!(issuer.fetched().len(), 2);
}

#[test]
fn what_is_a_day_old_counts_no_more() {
    let (mut issuer, mut shell) = trusting();
    let acme = shell.database().organization("acme");
    let token = issuer.token_of(acme, "alice");
    apps(&shell, &token).expect(200);
    issuer.stop();
    age(&mut shell, "23 hours");
    forget();
    apps(&shell, &token).expect(200);
    age(&mut shell, "2 hours");
    forget();
    expect_later(&apps(&shell, &token));
    issuer.restart();
    let (answer, _) = in_the_end(Duration::from_secs(22), || apps(&shell, &token));
    answer.expect(200);
}
