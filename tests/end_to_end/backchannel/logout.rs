//! Back-channel logouts (OpenID Connect): from which provider they are, and their effect.

use std::thread;

use serde_json::{Value, json};
use tests::{Answer, IssuerServer, Setup, Shell, Signer, clock};
use uuid::Uuid;

pub(crate) const PATH: &str = "/v1/webhooks/backchannel-logout";
pub(crate) const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A Shell that accepts logout tokens for the clients `web` and `desk`.
pub(crate) fn start(issuer: &IssuerServer) -> Shell {
    setup(issuer).start()
}

pub(crate) fn setup(issuer: &IssuerServer) -> Setup {
    let setup = Setup::seeded().trusting(issuer);
    setup.logout_audiences(&["web", "desk"])
}

/// The claims of a logout token about an ended session of alice.
pub(crate) fn claims(issuer: &IssuerServer, session: &str) -> Value {
    json!({"iss": issuer.issuer(), "aud": "web", "iat": clock::seconds(), "exp": clock::seconds() + 120, "jti": Uuid::now_v7(),
        "sub": "alice", "sid": session, "events": {EVENT: {}}})
}

pub(crate) fn sign(signer: &Signer, claims: &Value) -> String {
    signer.sign_as("logout+jwt", claims)
}

pub(crate) fn form(shell: &Shell, path: &str, body: impl Into<Vec<u8>>) -> Answer {
    let request = shell.request("POST", path);
    let request = request.body("application/x-www-form-urlencoded", body);
    let answer = request.send();
    assert_eq!(
        answer.header("cache-control"),
        Some("no-store"),
        "{answer:?}"
    );
    answer
}

pub(crate) fn send(shell: &Shell, path: &str, token: &str) -> Answer {
    form(shell, path, format!("logout_token={token}"))
}

#[track_caller]
fn succeeds(answer: Answer) {
    let answer = answer.expect(200);
    assert_eq!(answer.body, "");
    assert_eq!(answer.header("content-length"), Some("0"));
}

#[track_caller]
pub(crate) fn refused(answer: Answer, why: &str) {
    let answer = answer.expect(400);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(
        answer.json(),
        json!({"error": "invalid_request", "error_description": why})
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

fn changes(shell: &Shell) -> i64 {
    let statement = "SELECT counter FROM shell.changes";
    let row = shell.database().as_superuser().query_one(statement, &[]);
    row.unwrap().get(0)
}

/// The stored events, by their `jti`.
pub(crate) fn kept(shell: &Shell) -> Vec<(String, String)> {
    let statement = "SELECT id::text, status::text FROM shell.webhook_events
        WHERE source = 'backchannel-logout' ORDER BY inbox_id";
    let rows = shell.database().as_superuser().query(statement, &[]);
    let read = |row: &postgres::Row| (row.get(0), row.get(1));
    rows.unwrap().iter().map(read).collect()
}

fn row(kind: &str, value: &str, cut_off: &Value) -> (String, String, i64) {
    (kind.to_owned(), value.to_owned(), cut_off.as_i64().unwrap())
}

#[test]
fn a_session_that_is_named_ends_and_else_all_of_the_user() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    let mut first = claims(&issuer, "one");
    first["iat"] = json!(clock::seconds() - 60);
    succeeds(send(&shell, PATH, &sign(&issuer.signer(), &first)));
    assert_eq!(
        revoked(&shell),
        [
            row("session", "one", &first["iat"]),
            row("sessionless", "alice", &first["iat"])
        ]
    );
    let mut of_nobody = claims(&issuer, "two");
    of_nobody.as_object_mut().unwrap().remove("sub");
    succeeds(send(&shell, PATH, &sign(&issuer.signer(), &of_nobody)));
    let mut of_all = claims(&issuer, "");
    of_all.as_object_mut().unwrap().remove("sid");
    of_all["aud"] = json!(["desk"]);
    // A provider may send it without a specific `typ`.
    let token = issuer.signer().sign(&of_all);
    succeeds(send(&shell, &format!("{PATH}/default"), &token));
    assert_eq!(
        revoked(&shell),
        [
            row("session", "one", &first["iat"]),
            row("session", "two", &of_nobody["iat"]),
            row("sessionless", "alice", &first["iat"]),
            row("subject", "alice", &of_all["iat"])
        ]
    );
}

#[test]
fn what_was_issued_until_then_is_refused_by_the_next_request() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    let token = |session: Option<&str>, issued_at: u64| {
        let mut claims = issuer.claims(&shell, "acme", "alice");
        claims.sid = session.map(str::to_owned);
        (claims.iat, claims.nbf) = (issued_at, issued_at);
        issuer.signer().sign(&claims)
    };
    let apps = |token: &str| shell.get("/v1/apps").bearing(token).send().status;
    let logout = claims(&issuer, "one");
    let at = logout["iat"].as_u64().unwrap();
    let (of_it, of_none) = (token(Some("one"), at), token(None, at - 1));
    let others = [
        token(Some("two"), at),
        token(Some("one"), at + 1),
        token(None, at + 1),
    ];
    for token in others.iter().chain([&of_it, &of_none]) {
        assert_eq!(apps(token), 200);
    }
    succeeds(send(&shell, PATH, &sign(&issuer.signer(), &logout)));
    assert_eq!((apps(&of_it), apps(&of_none)), (401, 401));
    for token in &others {
        assert_eq!(apps(token), 200);
    }
    // A token that names only the user ends the other session, too.
    let mut of_all = claims(&issuer, "");
    of_all.as_object_mut().unwrap().remove("sid");
    of_all["iat"] = json!(at);
    succeeds(send(&shell, PATH, &sign(&issuer.signer(), &of_all)));
    assert_eq!(others.each_ref().map(|token| apps(token)), [401, 200, 200]);
}

#[test]
fn a_repeated_one_is_answered_as_the_first_and_does_nothing() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    let claims = claims(&issuer, "one");
    let token = sign(&issuer.signer(), &claims);
    succeeds(send(&shell, PATH, &token));
    let (before, was_revoked) = (changes(&shell), revoked(&shell));
    for _ in 0..3 {
        succeeds(send(&shell, PATH, &token));
    }
    // Another token with the same `jti` has no effect either.
    let mut other = claims.clone();
    other["sid"] = json!("two");
    succeeds(send(&shell, PATH, &sign(&issuer.signer(), &other)));
    assert_eq!(changes(&shell), before);
    assert_eq!(revoked(&shell), was_revoked);
    let id = claims["jti"].as_str().unwrap().to_owned();
    assert_eq!(kept(&shell), [(id, "applied".to_owned())]);
}

#[test]
fn what_the_inbox_keeps_as_failed_has_failed() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    let claims = claims(&issuer, "one");
    let token = sign(&issuer.signer(), &claims);
    succeeds(send(&shell, PATH, &token));
    let statement =
        "UPDATE shell.webhook_events SET status = 'failed', reason = 'cannot_be_applied'";
    shell
        .database()
        .as_superuser()
        .batch_execute(statement)
        .unwrap();
    refused(
        send(&shell, PATH, &token),
        "kept as failed: cannot_be_applied",
    );
}

#[test]
fn twenty_at_once_for_one_user_are_nothing_special() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    let tokens: Vec<_> = (0..20)
        .map(|number| {
            let claims = claims(&issuer, &format!("session-{number:02}"));
            sign(&issuer.signer(), &claims)
        })
        .collect();
    thread::scope(|scope| {
        for token in &tokens {
            scope.spawn(|| succeeds(send(&shell, PATH, token)));
        }
    });
    let revoked = revoked(&shell);
    let sessions = revoked.iter().filter(|(kind, ..)| kind == "session");
    assert_eq!(sessions.count(), 20);
    assert_eq!(revoked.len(), 21, "{revoked:?}");
    assert_eq!(kept(&shell).len(), 20);
}

#[test]
fn each_provider_tells_of_its_own() {
    let (issuer, partner) = (IssuerServer::start(), IssuerServer::start());
    let setup = setup(&issuer).variable("oidc2_host", partner.host());
    let statement =
        "INSERT INTO shell.identity_providers (id, slug, issuer, audience, logout_audiences) VALUES
        (gen_random_uuid(), 'partner', $1, 'shell', '{web}'),
        (gen_random_uuid(), 'silent', 'https://id.example/realms/silent', 'shell', '{}')";
    let mut client = setup.database().as_superuser();
    client.execute(statement, &[&partner.issuer()]).unwrap();
    let shell = setup.start();
    let (own, other) = (claims(&issuer, "one"), claims(&partner, "one"));
    let own = sign(&issuer.signer(), &own);
    let other = sign(&partner.signer(), &other);
    let at_partner = format!("{PATH}/partner");
    succeeds(send(&shell, &at_partner, &other));
    let another = "the token is from another issuer";
    refused(send(&shell, PATH, &other), another);
    refused(send(&shell, &at_partner, &own), another);
    // A token that only claims the other issuer is refused for its signature.
    let mut forged = claims(&issuer, "two");
    forged["iss"] = json!(partner.issuer());
    let forged = sign(&issuer.signer(), &forged);
    refused(
        send(&shell, &at_partner, &forged),
        "the token's signature is not valid",
    );
    let statement = "SELECT DISTINCT p.slug::text FROM shell.revocations r
        JOIN shell.identity_providers p ON p.id = r.identity_provider_id";
    let rows = client.query(statement, &[]).unwrap();
    let slugs: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(slugs, ["partner"]);
    let silent = send(&shell, &format!("{PATH}/silent"), &own);
    assert_eq!(silent.status, 400, "{silent:?}");
    for unknown in ["nobody", "Default"] {
        let answer = send(&shell, &format!("{PATH}/{unknown}"), &own);
        answer.expect_problem(404, "unknown-provider");
    }
}

#[test]
fn a_provider_that_names_no_client_tells_of_nothing() {
    let issuer = IssuerServer::start();
    let shell = Setup::seeded().trusting(&issuer).start();
    let token = sign(&issuer.signer(), &claims(&issuer, "one"));
    refused(
        send(&shell, PATH, &token),
        "the token is for another audience",
    );
    assert_eq!(revoked(&shell), []);
}

#[test]
fn keys_that_are_configured_sign_them_too() {
    let shell = Setup::seeded().logout_audiences(&["web"]).start();
    let claims = json!({"iss": xtask::issuer::ISSUER, "aud": "web", "iat": clock::seconds(), "exp": clock::seconds() + 120, "jti": "1",
        "sub": "alice", "events": {EVENT: {}}});
    succeeds(send(&shell, PATH, &shell.sign(&claims)));
    assert_eq!(revoked(&shell), [row("subject", "alice", &claims["iat"])]);
}

#[test]
fn a_body_is_bounded_and_a_method_is_named() {
    let issuer = IssuerServer::start();
    let shell = start(&issuer);
    let answer = form(&shell, PATH, "x".repeat(1024 * 1024 + 1));
    answer.expect_problem(413, "too-large");
    let answer = shell.get(PATH).send();
    answer.expect_problem(405, "method-not-allowed");
}
