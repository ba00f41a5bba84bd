//! Tokens of an issuer that publishes its keys.

use tests::{
    Answer, IssuerServer, Setup, Shell, Signer,
    redis::{connect, run},
};

fn start(issuer: &IssuerServer) -> Shell {
    Setup::seeded().trusting(issuer).start()
}

fn ask(shell: &Shell, token: &str) -> Answer {
    shell.get("/v1/apps").bearing(token).send()
}

/// A token in the issuer's name with another signature.
fn forged(shell: &Shell, issuer: &IssuerServer, kid: &str) -> String {
    Signer::ed25519(kid).sign(&issuer.claims(shell, "acme", "alice"))
}

#[test]
fn an_issuer_is_known_by_its_document_alone() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    for subject in ["alice", "bob"] {
        let token = issuer.token(&shell, "acme", subject);
        ask(&shell, &token).expect(200);
    }
    assert_eq!(issuer.described().len(), 1);
    assert_eq!(issuer.fetched().len(), 1);
}

#[test]
fn a_rotation_refuses_nobody() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    let old = issuer.token(&shell, "acme", "alice");
    ask(&shell, &old).expect(200);
    issuer.rotate(Signer::p256("second"));
    ask(&shell, &issuer.token(&shell, "acme", "alice")).expect(200);
    ask(&shell, &old).expect(200);
    assert_eq!(issuer.fetched().len(), 2);
}

#[test]
fn a_forged_kid_is_refused_by_one_refresh_and_then_without_a_statement() {
    let issuer = IssuerServer::start();
    let mut shell = start(&issuer);
    ask(&shell, &issuer.token(&shell, "acme", "alice")).expect(200);
    let token = forged(&shell, &issuer, "nobody's");
    ask(&shell, &token).expect_problem(401, "unauthenticated");
    assert_eq!(issuer.fetched().len(), 2);
    let mut redis = connect(&mut shell);
    let left: u64 = run(&mut redis, &["DEL", "key-refresh:default"]);
    assert_eq!(left, 1);
    // A request that asked for the right to fetch would fail.
    let statement = "DROP FUNCTION shell.claim_key_refresh";
    shell
        .database()
        .as_superuser()
        .batch_execute(statement)
        .unwrap();
    for _ in 0..3 {
        ask(&shell, &token).expect_problem(401, "unauthenticated");
    }
    assert_eq!(issuer.fetched().len(), 2);
}

#[test]
fn where_no_refresh_may_be_made_yet_nobody_is_refused() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    ask(&shell, &issuer.token(&shell, "acme", "alice")).expect(200);
    let first = forged(&shell, &issuer, "nobody's");
    ask(&shell, &first).expect_problem(401, "unauthenticated");
    let second = forged(&shell, &issuer, "another");
    let answer = ask(&shell, &second).expect_problem(503, "keys-unavailable");
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert_eq!(issuer.fetched().len(), 2);
}
