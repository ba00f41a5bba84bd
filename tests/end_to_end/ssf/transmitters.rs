//! Transmitters of security events other than the provider itself: where their keys are, and when these are fetched.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tests::{IssuerServer, Setup, Shell, Signer, TransmitterServer, clock};
use uuid::Uuid;

use super::receiving::{PATH, REVOKED, kept, refused, revoked, send, taken};

const DOCUMENT: &str = "/.well-known/ssf-configuration";

fn path() -> String {
    format!("{PATH}/risks")
}

fn start(issuer: &IssuerServer, transmitter: &TransmitterServer) -> Shell {
    let setup = Setup::seeded().trusting(issuer);
    setup.told_by("risks", transmitter, None).start()
}

/// Claims that the session of the provider's user alice has ended.
fn claims(issuer: &IssuerServer, transmitter: &TransmitterServer) -> Value {
    json!({"jti": Uuid::now_v7(), "iss": transmitter.issuer(), "iat": clock::seconds(), "aud": "client",
        "sub_id": {"format": "iss_sub", "iss": issuer.issuer(), "sub": "alice"},
        "events": {REVOKED: {"event_timestamp": clock::seconds()}}})
}

fn sign(signer: &Signer, claims: &Value) -> String {
    signer.sign_as("secevent+jwt", claims)
}

#[test]
fn its_keys_are_found_wherever_it_may_describe_itself() {
    let issuer = IssuerServer::start();
    for (path_of_issuer, document) in [
        ("", DOCUMENT),
        ("/", DOCUMENT),
        ("", "/.well-known/risc-configuration"),
        ("/a/b", "/.well-known/ssf-configuration/a/b"),
        ("/a/b", "/a/b/.well-known/ssf-configuration"),
    ] {
        let signer = Signer::p256("own");
        let keys = vec![signer.jwk()];
        let transmitter = TransmitterServer::start(path_of_issuer, document, keys);
        let shell = start(&issuer, &transmitter);
        let token = sign(&signer, &claims(&issuer, &transmitter));
        taken(send(&shell, &path(), &token));
        assert_eq!(revoked(&shell).len(), 1, "{document}");
        assert_eq!(kept(&shell)[0].0, "ssf/risks");
        // The provider's keys are not valid for it.
        let token = sign(&issuer.signer(), &claims(&issuer, &transmitter));
        refused(send(&shell, &path(), &token), "invalid_key");
        // Nor may it send events in the provider's name.
        refused(
            send(&shell, PATH, &sign(&signer, &claims(&issuer, &transmitter))),
            "invalid_issuer",
        );
    }
}

#[test]
fn a_new_key_is_fetched_and_a_forged_one_is_refused() {
    let issuer = IssuerServer::start();
    let (first, second) = (Signer::ed25519("first"), Signer::ed25519("second"));
    let transmitter = TransmitterServer::start("", DOCUMENT, vec![first.jwk()]);
    let shell = start(&issuer, &transmitter);
    let sent = |signer: &Signer| {
        send(
            &shell,
            &path(),
            &sign(signer, &claims(&issuer, &transmitter)),
        )
    };
    taken(sent(&first));
    transmitter.publish(vec![second.jwk()]);
    taken(sent(&second));
    assert_eq!(transmitter.fetched().len(), 2);
    // An unknown key is refused only once a set was fetched after the token was seen; until then, the answer is 503.
    sent(&Signer::ed25519("third")).expect_problem(503, "keys-unavailable");
    assert_eq!(transmitter.fetched().len(), 2);
}

#[test]
fn without_its_keys_nothing_is_taken_or_refused() {
    let issuer = IssuerServer::start();
    let signer = Signer::ed25519("own");
    let transmitter = TransmitterServer::start("", DOCUMENT, vec![signer.jwk()]);
    transmitter.fail();
    let shell = start(&issuer, &transmitter);
    let token = sign(&signer, &claims(&issuer, &transmitter));
    let answer = send(&shell, &path(), &token).expect_problem(503, "keys-unavailable");
    assert!(answer.header("retry-after").is_some());
    assert_eq!(kept(&shell), []);
}

#[test]
fn the_answer_comes_in_time_and_what_was_begun_goes_on() {
    let issuer = IssuerServer::start();
    let signer = Signer::ed25519("own");
    let transmitter = TransmitterServer::start("", DOCUMENT, vec![signer.jwk()]);
    // Its document and its keys together take four seconds.
    transmitter.delay(Duration::from_secs(2));
    let shell = start(&issuer, &transmitter);
    let token = sign(&signer, &claims(&issuer, &transmitter));
    let began = Instant::now();
    send(&shell, &path(), &token).expect_problem(503, "too-slow");
    assert!(began.elapsed() < Duration::from_millis(1_500));
    // The keys arrive, and the event is then processed without being sent again.
    let end = Instant::now() + Duration::from_secs(10);
    while kept(&shell).is_empty() {
        assert!(Instant::now() < end, "it never came");
        thread::sleep(Duration::from_millis(50));
    }
    taken(send(&shell, &path(), &token));
    assert_eq!(kept(&shell).len(), 1);
    assert_eq!(transmitter.fetched().len(), 1);
}
