//! Security events of the Shared Signals Framework: from which provider they are, what they end, and their answers.

use std::thread;

use serde_json::{Value, json};
use tests::{Answer, IssuerServer, Setup, Shell, Signer, clock};
use uuid::Uuid;

pub(crate) const PATH: &str = "/v1/webhooks/ssf";
pub(crate) const REVOKED: &str =
    "https://schemas.openid.net/secevent/caep/event-type/session-revoked";

/// A Shell whose provider is its own transmitter, as in the seed data.
pub(crate) fn start(issuer: &IssuerServer) -> Shell {
    Setup::seeded().trusting(issuer).start()
}

/// The claims that a Keycloak sends about an ended session of alice.
pub(crate) fn claims(issuer: &IssuerServer, session: &str) -> Value {
    json!({"jti": Uuid::now_v7(), "iss": issuer.issuer(), "iat": clock::seconds(),
        "aud": "shell-ssf/1ad50cf7-5d58-4bb4-a96c-4805dc110e41",
        "events": {REVOKED: {"event_timestamp": clock::seconds(), "initiating_entity": "user"}},
        "sub_id": {"format": "complex",
            "user": {"format": "iss_sub", "iss": issuer.issuer(), "sub": "alice"},
            "session": {"format": "opaque", "id": session}},
        "txn": Uuid::now_v7()})
}

pub(crate) fn sign(signer: &Signer, claims: &Value) -> String {
    signer.sign_as("secevent+jwt", claims)
}

pub(crate) fn send(shell: &Shell, path: &str, token: &str) -> Answer {
    let request = shell.request("POST", path);
    request.body("application/secevent+jwt", token).send()
}

#[track_caller]
pub(crate) fn taken(answer: Answer) {
    let answer = answer.expect(202);
    assert_eq!(answer.body, "");
    assert_eq!(answer.header("content-length"), Some("0"));
}

#[track_caller]
pub(crate) fn refused(answer: Answer, code: &str) {
    let answer = answer.expect(400);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("content-language"), Some("en"));
    assert_eq!(answer.json()["err"], code, "{answer:?}");
    assert!(
        answer.json()["description"]
            .as_str()
            .is_some_and(|why| !why.is_empty())
    );
}

/// What is revoked: kinds and values, with the second of the cut-off.
pub(crate) fn revoked(shell: &Shell) -> Vec<(String, String, i64)> {
    let statement = "SELECT kind, value, shell.cut_off_seconds(cut_off_at) FROM shell.revocations
        ORDER BY kind, value";
    let rows = shell.database().as_superuser().query(statement, &[]);
    let read = |row: &postgres::Row| (row.get(0), row.get(1), row.get(2));
    rows.unwrap().iter().map(read).collect()
}

/// The stored events: their sources, results and reasons.
pub(crate) fn kept(shell: &Shell) -> Vec<(String, String, String)> {
    let statement =
        "SELECT source::text, status::text, coalesce(reason, '') FROM shell.webhook_events
        ORDER BY inbox_id";
    let rows = shell.database().as_superuser().query(statement, &[]);
    let read = |row: &postgres::Row| (row.get(0), row.get(1), row.get(2));
    rows.unwrap().iter().map(read).collect()
}

pub(crate) fn kept_as(status: &str, reason: &str) -> (String, String, String) {
    (
        "ssf/default".to_owned(),
        status.to_owned(),
        reason.to_owned(),
    )
}

fn changes(shell: &Shell) -> i64 {
    let statement = "SELECT counter FROM shell.changes";
    let row = shell.database().as_superuser().query_one(statement, &[]);
    row.unwrap().get(0)
}

/// A token of alice in a session that began a minute ago.
fn token(issuer: &IssuerServer, shell: &Shell, session: Option<&str>) -> String {
    let mut claims = issuer.claims(shell, "acme", "alice");
    claims.iat -= 60;
    claims.nbf -= 60;
    claims.sid = session.map(str::to_owned);
    issuer.signer().sign(&claims)
}

fn status(shell: &Shell, token: &str) -> u16 {
    shell.get("/v1/apps").bearing(token).send().status
}

#[test]
fn a_session_that_a_keycloak_says_has_ended_is_refused() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    let [one, two, none] = [Some("one"), Some("two"), None].map(|sid| token(&issuer, &shell, sid));
    for token in [&one, &two, &none] {
        assert_eq!(status(&shell, token), 200);
    }
    taken(send(
        &shell,
        PATH,
        &sign(&issuer.signer(), &claims(&issuer, "one")),
    ));
    // Tokens that name no session are revoked with any session.
    for (token, expected) in [(&one, 401), (&two, 200), (&none, 401)] {
        assert_eq!(status(&shell, token), expected);
    }
    let all = sign(&issuer.signer(), &claims(&issuer, "ALL"));
    taken(send(&shell, &format!("{PATH}/default"), &all));
    assert_eq!(status(&shell, &two), 401);
    // A session that began later is valid.
    let mut later = issuer.claims(&shell, "acme", "alice");
    later.iat += 1;
    assert_eq!(status(&shell, &issuer.signer().sign(&later)), 200);
    assert_eq!(
        kept(&shell),
        [kept_as("applied", ""), kept_as("applied", "")]
    );
}

#[test]
fn a_repeated_one_is_taken_and_does_nothing() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    let mut first = claims(&issuer, "one");
    let one = sign(&issuer.signer(), &first);
    taken(send(&shell, PATH, &one));
    let before = (revoked(&shell), changes(&shell));
    taken(send(&shell, PATH, &one));
    // Only the `jti` identifies an event.
    first["sub_id"]["session"]["id"] = json!("other");
    taken(send(&shell, PATH, &sign(&issuer.signer(), &first)));
    assert_eq!((revoked(&shell), changes(&shell)), before);
    assert_eq!(kept(&shell).len(), 1);
}

#[test]
fn what_is_no_security_event_of_the_transmitters_is_refused() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    let signer = issuer.signer();
    let with = |name: &str, value: Value| {
        let mut claims = claims(&issuer, "one");
        claims[name] = value;
        sign(&signer, &claims)
    };
    for (token, code) in [
        (with("iss", json!("https://id.example")), "invalid_issuer"),
        (with("aud", json!("shell")), "invalid_audience"),
        (with("aud", json!("shell-ssf2")), "invalid_audience"),
        (with("aud", json!([])), "invalid_audience"),
        (with("exp", json!(clock::seconds())), "invalid_request"),
        (with("iat", json!(null)), "invalid_request"),
        (
            with("iat", json!(clock::seconds() * 1_000)),
            "invalid_request",
        ),
        (with("jti", json!(null)), "invalid_request"),
        (with("events", json!({})), "invalid_request"),
        (with("sub", json!("alice")), "invalid_request"),
        (
            with(
                "events",
                json!({REVOKED: {"event_timestamp": clock::seconds() * 1_000}}),
            ),
            "invalid_request",
        ),
        (issuer.token(&shell, "acme", "alice"), "invalid_audience"),
        ("a.b.c".to_owned(), "invalid_request"),
        (String::new(), "invalid_request"),
        (
            signer.sign_as("logout+jwt", &claims(&issuer, "one")),
            "invalid_request",
        ),
        (
            signer.sign_as("JWT", &claims(&issuer, "one")),
            "invalid_request",
        ),
        (
            sign(&Signer::ed25519("first"), &claims(&issuer, "one")),
            "invalid_key",
        ),
    ] {
        refused(send(&shell, PATH, &token), code);
    }
    // A token in another content type is refused, too.
    let good = sign(&signer, &claims(&issuer, "one"));
    for kind in ["application/jwt", "application/json"] {
        let request = shell.request("POST", PATH).body(kind, good.as_str());
        refused(request.send(), "invalid_request");
    }
    send(&shell, &format!("{PATH}/elsewhere"), &good).expect_problem(404, "unknown-transmitter");
    assert_eq!(kept(&shell), []);
    assert_eq!(revoked(&shell), []);
    // And it authenticates nobody.
    assert_eq!(status(&shell, &good), 401);
    taken(send(&shell, PATH, &good));
}

#[test]
fn the_secret_of_the_stream_is_asked_for_where_there_is_one() {
    let issuer = IssuerServer::start();
    let setup = Setup::seeded().trusting(&issuer);
    let shell = setup.variable("ssf_secret", "Bearer a-push-secret").start();
    let token = sign(&issuer.signer(), &claims(&issuer, "one"));
    let sent = |secret: Option<&str>| {
        let request = shell.request("POST", PATH);
        let request = request.body("application/secevent+jwt", token.as_str());
        match secret {
            Some(secret) => request.header("authorization", secret).send(),
            None => request.send(),
        }
    };
    for wrong in [
        None,
        Some("Bearer another"),
        Some("a-push-secret"),
        Some(""),
    ] {
        let answer = sent(wrong).expect(401);
        assert_eq!(answer.json()["err"], "authentication_failed");
        assert_eq!(answer.header("content-language"), Some("en"));
        assert!(answer.header("www-authenticate").is_some());
    }
    assert_eq!(kept(&shell), []);
    taken(sent(Some("Bearer a-push-secret")));
}

/// On a busy machine, an answer may be that the delivery took too long: then it is sent again, as a transmitter does.
fn send_until_in_time(shell: &Shell, token: &str) -> Answer {
    let mut answer = send(shell, PATH, token);
    for _ in 0..10 {
        if answer.status != 503 {
            break;
        }
        answer.expect_problem(503, "too-slow");
        answer = send(shell, PATH, token);
    }
    answer
}

#[test]
fn twenty_at_once_are_nothing_special() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    taken(send(
        &shell,
        PATH,
        &sign(&issuer.signer(), &claims(&issuer, "first")),
    ));
    thread::scope(|scope| {
        let sent: Vec<_> = (0..20)
            .map(|number| {
                let token = sign(&issuer.signer(), &claims(&issuer, &format!("s{number}")));
                let shell = &shell;
                scope.spawn(move || send_until_in_time(shell, &token))
            })
            .collect();
        for answer in sent {
            taken(answer.join().unwrap());
        }
    });
    assert_eq!(kept(&shell).len(), 21);
}
