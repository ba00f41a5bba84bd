//! Revoking tokens while stores, the keys of their issuer, or other writers get in the way.

use std::time::Duration;

use tests::{
    Fault, Mode, Proxy, Setup, Shell,
    issuers::{expect_later, in_the_end, trusting},
    redis::{connect, run},
    waiting::soon,
};

use super::revoking::{refused, revoke, served, submit, trail, written};

#[test]
fn who_repeats_it_waits_for_no_writer() {
    let shell = Shell::start();
    let token = shell.token("acme", "alice");
    revoke(&shell, &token);
    let mut database = shell.database().as_superuser();
    let mut writer = database.transaction().unwrap();
    writer
        .query_one("SELECT shell.lock_changes()", &[])
        .unwrap();
    revoke(&shell, &token);
    drop(writer);
    refused(&shell, &token);
}

#[test]
fn a_revoked_token_is_refused_whatever_happens_to_redis() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let token = shell.token("acme", "alice");
    served(&shell, &token);
    revoke(&shell, &token);
    run::<()>(&mut redis, &["FLUSHALL"]);
    refused(&shell, &token);
    shell.redis().kill_hard();
    soon(|| refused(&shell, &token));
    shell.redis().restart().unwrap();
    refused(&shell, &token);
}

#[test]
fn with_postgresql_away_nothing_is_done_and_the_answer_says_so() {
    let setup = Setup::seeded();
    let postgresql = Proxy::to(&setup.database().runtime.host);
    let shell = setup
        .variable("database_host", postgresql.address())
        .start();
    let token = shell.token("acme", "alice");
    let list = || soon(|| shell.get("/v1/apps").bearing(&token).send());
    list().expect(200);
    for mode in [Mode::Cut, Mode::Hang] {
        postgresql.set(mode);
        let answer = soon(|| submit(&shell, &format!("token={token}")));
        let answer = answer.expect_problem(503, "unavailable");
        assert!(answer.header("retry-after").is_some());
        list().expect(200);
    }
    postgresql.set(Mode::Pass);
    list().expect(200);
    assert_eq!(written(&shell), 0);
    revoke(&shell, &token);
    refused(&shell, &token);
}

#[test]
fn with_redis_away_it_stands_is_answered_503_and_repeating_it_is_safe() {
    let mut setup = Setup::seeded();
    let proxy = Proxy::to(&setup.redis().url().host);
    let shell = setup.variable("redis_host", proxy.address()).start();
    let token = shell.token("acme", "alice");
    served(&shell, &token);
    proxy.set(Mode::Cut);
    let answer = soon(|| submit(&shell, &format!("token={token}")));
    answer.expect_problem(503, "unavailable");
    // The revocation is in PostgreSQL, which is asked.
    refused(&shell, &token);
    proxy.set(Mode::Pass);
    revoke(&shell, &token);
    refused(&shell, &token);
    assert_eq!((written(&shell), trail(&shell).len()), (1, 1));
}

#[test]
fn while_the_issuers_keys_are_away_it_may_still_count() {
    let (issuer, shell) = trusting();
    issuer.fail(Fault::Error);
    let token = issuer.token(&shell, "acme", "alice");
    let submit = || submit(&shell, &format!("token={token}"));
    expect_later(&soon(submit));
    assert_eq!(written(&shell), 0);
    issuer.fail(Fault::None);
    let (answer, _) = in_the_end(Duration::from_secs(8), submit);
    answer.expect(200);
    refused(&shell, &token);
}
