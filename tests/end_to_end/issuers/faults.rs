//! An issuer that is unavailable or answers wrongly: the last keys stay valid, and for new ones the caller has to wait.

use std::time::Duration;

use tests::{
    Fault, IssuerServer, Setup, Shell, Signer,
    issuers::{expect_later, in_the_end, trusting},
    waiting::{pause, soon},
};

use super::finding::apps;

/// The time until a first set may be requested again, with a margin.
const FIRST: Duration = Duration::from_secs(8);

/// The same if there is a set.
const NEXT: Duration = Duration::from_secs(22);

/// The ways in which it fails, and what the log says then.
const FAULTS: [(Fault, &str); 8] = [
    (Fault::Slow, "did not answer within 5 s"),
    (Fault::Dripping, "did not answer within 5 s"),
    (Fault::Redirect, "answered 302"),
    (Fault::Error, "answered 500"),
    (Fault::Large, "more than 64 KiB"),
    (Fault::OtherIssuer, "names the issuer"),
    (Fault::NoKeys, "no signing key"),
    (
        Fault::Broken,
        "not a JSON document with issuer and jwks_uri",
    ),
];

#[track_caller]
fn expect_logged(shell: &Shell, what: &str) {
    let output = shell.output();
    assert!(output.contains(what), "{what}: {output}");
}

#[track_caller]
fn fails_at_first(fault: Fault, says: &str) {
    let (issuer, shell) = trusting();
    issuer.fail(fault);
    let token = issuer.token(&shell, "acme", "alice");
    expect_later(&soon(|| apps(&shell, &token)));
    expect_logged(&shell, says);
    assert_eq!(issuer.followed(), 0);
    issuer.fail(Fault::None);
    let (answer, _) = in_the_end(FIRST, || apps(&shell, &token));
    answer.expect(200);
}

#[test]
fn without_keys_yet_each_fault_is_waited_out() {
    std::thread::scope(|scope| {
        for (fault, says) in FAULTS {
            scope.spawn(move || fails_at_first(fault, says));
        }
    });
}

#[track_caller]
fn fails_later(fault: Fault, says: &str) {
    let (issuer, shell) = trusting();
    let acme = shell.database().organization("acme");
    let old = issuer.token_of(acme, "alice");
    apps(&shell, &old).expect(200);
    issuer.fail(fault);
    let signer = issuer.signer();
    issuer.rotate(Signer::ed25519("second"));
    let new = issuer.token_of(acme, "alice");
    expect_later(&soon(|| apps(&shell, &new)));
    expect_logged(&shell, says);
    assert_eq!(issuer.followed(), 0);
    // Also for tokens that were never seen before.
    apps(&shell, &old).expect(200);
    apps(&shell, &signer.sign(&issuer.claims_of(acme, "bob"))).expect(200);
    issuer.fail(Fault::None);
    let (answer, _) = in_the_end(NEXT, || apps(&shell, &new));
    answer.expect(200);
}

#[test]
fn with_keys_each_fault_leaves_them_in_force() {
    std::thread::scope(|scope| {
        for (fault, says) in FAULTS {
            scope.spawn(move || fails_later(fault, says));
        }
    });
}

#[test]
fn an_issuer_that_is_down_leaves_its_last_keys_in_force() {
    let (mut issuer, shell) = trusting();
    let acme = shell.database().organization("acme");
    apps(&shell, &issuer.token_of(acme, "alice")).expect(200);
    issuer.stop();
    apps(&shell, &issuer.token_of(acme, "bob")).expect(200);
    let other = shell.another_host();
    let request = shell.request_at(&other, "GET", "/v1/apps");
    let token = issuer.token_of(acme, "carol");
    request.bearing(&token).send().expect(200);

    issuer.rotate(Signer::ed25519("second"));
    let new = issuer.token_of(acme, "alice");
    expect_later(&apps(&shell, &new));
    expect_logged(&shell, "it refused the connection");
    issuer.restart();
    let (answer, _) = in_the_end(NEXT, || apps(&shell, &new));
    answer.expect(200);
}

#[test]
fn the_log_names_both_issuers_where_they_differ() {
    let issuer = IssuerServer::start();
    let named = issuer.issuer();
    let configured = format!("{named}/");
    let setup = Setup::seeded().trusting(&issuer);
    let shell = setup.variable("oidc_issuer", &configured).start();
    let mut claims = issuer.claims(&shell, "acme", "alice");
    claims.iss = configured.clone();
    let token = issuer.signer().sign(&claims);
    expect_later(&apps(&shell, &token));
    // As long as nobody may ask again, nobody does, and the log reports it once.
    for _ in 0..5 {
        expect_later(&apps(&shell, &token));
        pause(20);
    }
    let output = shell.output();
    let mut lines: Vec<_> = output
        .lines()
        .filter(|line| line.contains("warning") && line.contains("names the issuer"))
        .collect();
    // A line can be in both the host's own log and the component's file.
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), 1, "{output}");
    for name in [named, configured] {
        assert!(lines[0].contains(&format!(r#""{name}\""#)), "{lines:?}");
    }
}
