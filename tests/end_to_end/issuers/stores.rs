//! Keys of issuers while a store is unavailable, and what happens to old keys.

use std::{
    thread,
    time::{Duration, Instant},
};

use tests::{
    IssuerServer, Mode, Proxy, Setup, Shell, Signer, TestDatabase,
    issuers::{expect_later, in_the_end, trusting},
    redis::{connect, run},
    waiting::{pause, soon},
};

use super::finding::apps;

/// Makes the stored set this old, and deletes all copies of it except those of instances.
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

/// Waits longer than an idle instance lives.
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
    let issuer = IssuerServer::start();
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
    // The old key is still known: no request waits for the new set.
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
    // Any other request that would fetch has done so by now.
    pause(1_000);
    assert_eq!(issuer.fetched().len(), 2);
    apps(&shell, &issuer.token_of(acme, "alice")).expect(200);
    assert_eq!(issuer.fetched().len(), 2);
}

#[test]
fn what_is_overdue_is_fetched_before_it_judges() {
    let (issuer, mut shell) = trusting();
    let acme = shell.database().organization("acme");
    apps(&shell, &issuer.token_of(acme, "alice")).expect(200);
    let withdrawn = issuer.named("first");
    issuer.rotate(Signer::ed25519("second"));
    issuer.remove("first");
    age(&mut shell, "1 hour");
    forget();
    let token = withdrawn.sign(&issuer.claims_of(acme, "bob"));
    expect_later(&apps(&shell, &token));
    assert_eq!(issuer.fetched().len(), 2);
    apps(&shell, &issuer.token_of(acme, "alice")).expect(200);
    let (answer, _) = in_the_end(Duration::from_secs(22), || apps(&shell, &token));
    answer.expect_problem(401, "unauthenticated");
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

#[test]
fn what_is_kept_of_another_issuer_counts_for_no_other() {
    let (first, second) = (IssuerServer::start(), IssuerServer::start());
    let setup = Setup::seeded();
    let acme = setup.database().organization("acme");
    let environment = setup.environment.clone();
    let shell = setup.trusting(&first).start();
    apps(&shell, &first.token_of(acme, "alice")).expect(200);
    let database = {
        let name = &shell.database().owner.database;
        let statement = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = '{name}' AND pid <> pg_backend_pid()"
        );
        shell
            .database()
            .as_superuser()
            .batch_execute(&statement)
            .unwrap();
        TestDatabase::copy_of(&environment, shell.database())
    };
    // With a new configuration, and with the stored data.
    let setup = Setup::on(environment, database).trusting(&second);
    setup.job("migrate", None, &[]).unwrap();
    let shell = setup.start();
    apps(&shell, &first.token_of(acme, "alice")).expect_problem(401, "unauthenticated");
    // Both name their keys with the same `kid`.
    let forged = first.signer().sign(&second.claims_of(acme, "alice"));
    assert_ne!(apps(&shell, &forged).status, 200);
    let (answer, _) = in_the_end(Duration::from_secs(22), || {
        apps(&shell, &second.token_of(acme, "alice"))
    });
    answer.expect(200);
    let (answer, _) = in_the_end(Duration::from_secs(22), || apps(&shell, &forged));
    answer.expect_problem(401, "unauthenticated");
}
