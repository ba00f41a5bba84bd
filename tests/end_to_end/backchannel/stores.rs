//! Logouts while a store or the provider's keys are unavailable: it is safe to retry.

use tests::{IssuerServer, Setup, Signer, waiting::soon, with_own_postgres};

use super::logout::{PATH, claims, revoked, send, setup, sign};

#[test]
fn postgresql_away_and_back() {
    let issuer = IssuerServer::start();
    let (mut postgres, setup) = with_own_postgres(Setup::empty());
    let setup = setup.trusting(&issuer).logout_audiences(&["web"]);
    let shell = setup.start();
    let token = |session: &str| sign(&issuer.signer(), &claims(&issuer, session));
    let (one, two) = (token("one"), token("two"));
    send(&shell, PATH, &one).expect(200);
    postgres.stop();
    for token in [&one, &two] {
        let answer = soon(|| send(&shell, PATH, token)).expect_problem(503, "unavailable");
        assert!(answer.header("retry-after").is_some());
    }
    postgres.restart().unwrap();
    shell.wait_for_pgbouncer();
    for token in [&two, &one, &two] {
        soon(|| send(&shell, PATH, token)).expect(200);
    }
    assert_eq!(revoked(&shell).len(), 3);
}

#[test]
fn redis_away_and_back() {
    let issuer = IssuerServer::start();
    let mut shell = setup(&issuer).start();
    let token = sign(&issuer.signer(), &claims(&issuer, "one"));
    shell.redis().kill_hard();
    // The logout is stored, but Redis has not been updated yet: the provider has to retry.
    soon(|| send(&shell, PATH, &token)).expect_problem(503, "unavailable");
    let stands = revoked(&shell);
    assert_eq!(stands.len(), 2);
    shell.redis().restart().unwrap();
    soon(|| send(&shell, PATH, &token)).expect(200);
    assert_eq!(revoked(&shell), stands);
}

#[test]
fn keys_that_cannot_be_had() {
    let mut issuer = IssuerServer::start();
    let shell = setup(&issuer).start();
    let one = sign(&issuer.signer(), &claims(&issuer, "one"));
    issuer.stop();
    let answer = send(&shell, PATH, &one).expect_problem(503, "keys-unavailable");
    assert!(answer.header("retry-after").is_some());
    assert_eq!(revoked(&shell), []);
    issuer.restart();
    // If its own claims are invalid, no keys are fetched.
    let mut for_others = claims(&issuer, "two");
    for_others["aud"] = "shell".into();
    let for_others = sign(&Signer::ed25519("another"), &for_others);
    send(&shell, PATH, &for_others).expect(400);
    assert_eq!(issuer.fetched().len(), 0);
}

#[test]
fn keys_that_changed() {
    let issuer = IssuerServer::start();
    let shell = setup(&issuer).start();
    let send = |session: &str| {
        let token = sign(&issuer.signer(), &claims(&issuer, session));
        send(&shell, PATH, &token).expect(200);
    };
    send("one");
    issuer.publish(vec![Signer::rsa("second")]);
    send("two");
    assert_eq!(issuer.fetched().len(), 2);
}
