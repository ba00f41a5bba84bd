//! Shells that fetch the keys of an issuer, and their answers until they have them.

use std::time::{Duration, Instant};

use crate::{Answer, IssuerServer, Setup, Shell, waiting::pause};

/// A Shell that trusts a new issuer.
pub fn trusting() -> (IssuerServer, Shell) {
    let issuer = IssuerServer::start();
    let shell = Setup::seeded().trusting(&issuer).start();
    (issuer, shell)
}

/// A Shell that trusts two new issuers, the second one as globex's provider `other`.
pub fn trusting_two() -> (IssuerServer, IssuerServer, Shell) {
    let (first, second) = (IssuerServer::start(), IssuerServer::start());
    let setup = Setup::seeded()
        .trusting(&first)
        .variable("oidc2_host", second.host());
    let row = format!(
        "INSERT INTO shell.identity_providers (id, slug, issuer, audience, slot)
         VALUES ('01970000-0000-7000-8000-0000000000ff', 'other', '{}', 'shell', 2);
         UPDATE shell.organizations
         SET identity_provider_id = '01970000-0000-7000-8000-0000000000ff' WHERE slug = 'globex'",
        second.issuer()
    );
    setup.database().as_superuser().batch_execute(&row).unwrap();
    let shell = setup.start();
    (first, second, shell)
}

/// Asserts a 503 whose `Retry-After` is within the time after which another refresh is granted.
#[track_caller]
pub fn expect_later(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", answer.body);
    let again = answer.header("retry-after").expect("a Retry-After");
    let again: u64 = again.parse().expect("whole seconds");
    assert!((1..=20).contains(&again), "{again}");
}

/// Repeats the request as long as no keys can be fetched; returns the final answer and the time until then.
#[track_caller]
pub fn in_the_end(limit: Duration, ask: impl Fn() -> Answer) -> (Answer, Duration) {
    let started = Instant::now();
    loop {
        let answer = ask();
        let passed = started.elapsed();
        if answer.status != 503 {
            return (answer, passed);
        }
        expect_later(&answer);
        assert!(passed < limit, "still {} after {passed:?}", answer.body);
        pause(100);
    }
}
