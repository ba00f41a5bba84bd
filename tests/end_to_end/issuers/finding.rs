//! Where the keys of an issuer are found, and which of them are valid.

use std::{sync::Barrier, thread, time::Duration};

use tests::{
    Answer, Fault, IssuerServer, Setup, Shell, Signer,
    issuers::{expect_later, in_the_end, trusting, trusting_two},
};
use xtask::issuer::Claims;

/// A part of the detail if no valid key of the issuer has the token's `kid`.
const UNKNOWN: &str = "unknown key";

pub(crate) fn apps(shell: &Shell, token: &str) -> Answer {
    shell.get("/v1/apps").bearing(token).send()
}

#[test]
fn one_look_at_the_document_and_one_at_the_keys_serve_everybody() {
    let (issuer, shell) = trusting();
    issuer.publish(vec![
        Signer::ed25519("a"),
        Signer::p256("b"),
        Signer::rsa("c"),
    ]);
    let acme = shell.database().organization("acme");
    for round in 0..3 {
        for kid in ["a", "b", "c"] {
            let subject = format!("user-{round}-{kid}");
            let token = issuer.named(kid).sign(&issuer.claims_of(acme, &subject));
            apps(&shell, &token).expect(200);
        }
    }
    assert_eq!(issuer.described().len(), 1);
    assert_eq!(issuer.fetched().len(), 1);
    // They also serve an instance that starts later, since they are stored.
    let other = shell.another_host();
    let token = issuer.token_of(acme, "later");
    let request = shell.request_at(&other, "GET", "/v1/apps");
    request.bearing(&token).send().expect(200);
    assert_eq!(issuer.fetched().len(), 1);
}

#[test]
fn the_address_of_the_keys_may_be_configured() {
    let issuer = IssuerServer::start();
    let shell = Setup::seeded().trusting_keys_of(&issuer).start();
    let token = issuer.token(&shell, "acme", "alice");
    apps(&shell, &token).expect(200);
    assert_eq!(issuer.described().len(), 0);
    assert_eq!(issuer.fetched().len(), 1);
}

#[test]
fn no_host_that_the_manifest_does_not_allow_is_asked() {
    let issuer = IssuerServer::start();
    for (setup, variable) in [
        (Setup::seeded().trusting(&issuer), "oidc_host"),
        (Setup::seeded().trusting_keys_of(&issuer), "oidc_jwks_host"),
    ] {
        let shell = setup.variable(variable, "").start();
        let token = issuer.token(&shell, "acme", "alice");
        expect_later(&apps(&shell, &token));
        let output = shell.output();
        assert!(
            output.contains("the application is not allowed to reach it"),
            "{output}"
        );
    }
    assert_eq!(issuer.described().len() + issuer.fetched().len(), 0);
}

#[test]
fn keys_for_encryption_do_not_count() {
    let (issuer, shell) = trusting();
    let [encryption, same_name] = [Signer::rsa("enc"), Signer::p256("first")];
    issuer.publish_beside(vec![
        encryption.jwk_for_encryption(),
        same_name.jwk_for_encryption(),
    ]);
    let claims = issuer.claims(&shell, "acme", "alice");
    apps(&shell, &issuer.signer().sign(&claims)).expect(200);
    for signer in [encryption, same_name] {
        let (answer, _) = in_the_end(Duration::from_secs(25), || {
            apps(&shell, &signer.sign(&claims))
        });
        answer.expect_problem(401, "unauthenticated");
    }
    apps(&shell, &issuer.signer().sign(&claims)).expect(200);
}

#[test]
fn a_second_provider_is_a_row() {
    let (first, second, shell) = trusting_two();
    let token = |issuer: &IssuerServer, organization| issuer.token(&shell, organization, "alice");

    apps(&shell, &token(&first, "acme")).expect(200);
    apps(&shell, &token(&second, "globex")).expect(200);
    // Each issuer is valid for its own organizations, and with its own keys.
    apps(&shell, &token(&first, "globex")).expect_problem(403, "forbidden");
    apps(&shell, &token(&second, "acme")).expect_problem(403, "forbidden");
    let claims = first.claims(&shell, "acme", "alice");
    let (answer, _) = in_the_end(Duration::from_secs(25), || {
        apps(&shell, &second.signer().sign(&claims))
    });
    answer.expect_problem(401, "unauthenticated");
    // If one is unavailable, the other is not affected.
    second.fail(Fault::Error);
    second.rotate(Signer::ed25519("next"));
    expect_later(&apps(&shell, &token(&second, "globex")));
    first.rotate(Signer::ed25519("next"));
    let (answer, _) = in_the_end(Duration::from_secs(25), || {
        apps(&shell, &token(&first, "acme"))
    });
    answer.expect(200);
}

#[test]
fn an_issuer_that_nobody_configured_is_refused_and_not_asked() {
    let (_, shell) = trusting();
    let stranger = IssuerServer::start();
    let answer = apps(&shell, &stranger.token(&shell, "acme", "alice"));
    let answer = answer.expect_problem(401, "unauthenticated");
    assert!(answer.body.contains("another issuer"), "{}", answer.body);
    assert_eq!(stranger.described().len() + stranger.fetched().len(), 0);
}

#[test]
fn a_name_that_the_set_does_not_have_is_refused_by_name() {
    let (issuer, shell) = trusting();
    let claims = issuer.claims(&shell, "acme", "alice");
    let stranger = Signer::ed25519("nobody");
    let ask = || apps(&shell, &stranger.sign(&claims));
    let (answer, _) = in_the_end(Duration::from_secs(25), ask);
    let answer = answer.expect_problem(401, "unauthenticated");
    assert!(answer.body.contains(UNKNOWN), "{}", answer.body);
}

/// Sends 32 requests at once, each with another token.
#[track_caller]
fn all_at_once(issuer: &IssuerServer, shell: &Shell) {
    let acme = shell.database().organization("acme");
    let barrier = Barrier::new(32);
    let ask = &|number: u32| {
        let token = issuer.token_of(acme, &format!("user-{number}"));
        barrier.wait();
        apps(shell, &token).status
    };
    let answered: Vec<_> = thread::scope(|scope| {
        let asked: Vec<_> = (0..32)
            .map(|number| scope.spawn(move || ask(number)))
            .collect();
        asked
            .into_iter()
            .map(|asked| asked.join().unwrap())
            .collect()
    });
    assert_eq!(answered, [200; 32], "{}", shell.output());
}

#[test]
fn many_at_once_before_there_is_an_epoch_wait_for_the_first_keys() {
    let (issuer, shell) = trusting();
    all_at_once(&issuer, &shell);
}

#[test]
fn many_at_once_in_an_epoch_wait_for_the_first_keys() {
    let (issuer, shell) = trusting();
    // The very first request begins an epoch.
    shell.get("/v1/apps").by("acme", "alice").send().expect(401);
    all_at_once(&issuer, &shell);
    // One more fetch is possible: a request at the moment when the first keys arrive may fetch again.
    assert!(issuer.fetched().len() <= 2);
}

#[test]
fn many_at_once_wait_for_the_one_that_fetches() {
    let (issuer, shell) = trusting();
    apps(&shell, &issuer.token(&shell, "acme", "alice")).expect(200);
    assert_eq!(issuer.fetched().len(), 1);
    issuer.rotate(Signer::ed25519("second"));
    all_at_once(&issuer, &shell);
    assert_eq!(issuer.fetched().len(), 2);
}

#[test]
fn what_its_own_claims_refuse_asks_for_no_keys() {
    let (issuer, shell) = trusting();
    let claims = || issuer.claims(&shell, "acme", "alice");
    apps(&shell, &issuer.signer().sign(&claims())).expect(200);
    let forger = Signer::ed25519("nobody");
    let changes: [fn(&mut Claims); 4] = [
        |claims| claims.exp = claims.iat - 120,
        |claims| claims.nbf = claims.iat + 120,
        |claims| claims.aud = "another".to_owned(),
        |claims| claims.sub = String::new(),
    ];
    for change in changes {
        let mut claims = claims();
        change(&mut claims);
        let answer = apps(&shell, &forger.sign(&claims));
        answer.expect_problem(401, "unauthenticated");
    }
    assert_eq!(issuer.fetched().len(), 1);
}
