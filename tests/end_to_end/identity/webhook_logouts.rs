//! What a Keycloak's webhook reports as ended is refused by every function from the next request on.

use serde_json::{Value, json};
use tests::{
    Answer, Setup, Shell,
    decisions::{ONE, question},
    event,
};

/// The claims of a token beside those of its user.
struct Token {
    subject: &'static str,
    session: Option<&'static str>,
    token_id: &'static str,
    client: &'static str,
    /// The number of seconds since it was issued.
    ago: u64,
}

impl Token {
    const fn of(subject: &'static str, session: &'static str) -> Self {
        Self {
            subject,
            session: Some(session),
            token_id: "j1",
            client: "web",
            ago: 100,
        }
    }

    fn signed(&self, shell: &Shell) -> Signed {
        let mut claims = serde_json::to_value(shell.claims("acme", self.subject)).unwrap();
        claims["iat"] = json!(claims["iat"].as_u64().unwrap() - self.ago);
        claims["jti"] = json!(self.token_id);
        claims["azp"] = json!(self.client);
        if let Some(session) = self.session {
            claims["sid"] = json!(session);
        }
        Signed {
            subject: self.subject,
            token: shell.sign(&claims),
        }
    }
}

/// A token and its bearer.
struct Signed {
    subject: &'static str,
    token: String,
}

/// One request to each function that the bearer is allowed to make.
fn everywhere(shell: &Shell, signed: &Signed) -> Vec<Answer> {
    let asked = |method, path, body: &Value| {
        let request = shell.request(method, path).bearing(&signed.token);
        request.json(body).send()
    };
    let list = shell.get("/v1/apps").bearing(&signed.token).send();
    let mut answers = vec![list, asked("POST", ONE, &question(signed.subject, "read"))];
    if signed.subject == "alice" {
        let event = json!({"action": "document.read", "outcome": "success"});
        answers.push(asked("POST", "/v1/audit-events", &event));
    }
    answers
}

#[track_caller]
fn served(shell: &Shell, signed: &Signed) {
    for answer in everywhere(shell, signed) {
        assert!([200, 201].contains(&answer.status), "{answer:?}");
    }
}

#[track_caller]
fn refused(shell: &Shell, signed: &Signed) {
    let users = shell.get("/v1/users").bearing(&signed.token).send();
    for answer in everywhere(shell, signed).into_iter().chain([users]) {
        let answer = answer.expect_problem(401, "unauthenticated");
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert!(challenge.contains("invalid_token"), "{challenge}");
    }
}

/// An event of so many seconds ago.
fn told(kind: &str, ago: u64, members: Value) -> Value {
    let mut event = event(kind, members);
    event["time"] = json!(event["time"].as_u64().unwrap() - ago * 1_000);
    event
}

/// An event of another user, an administrator.
fn by_administrator(kind: &str, path: &str, representation: &Value) -> Value {
    told(
        kind,
        50,
        json!({"resourcePath": path, "representation": representation.to_string(),
            "authDetails": {"userId": "bob", "username": "bob", "sessionId": "s9", "clientId": "admin-cli"}}),
    )
}

/// An event of alice in the session `s1`.
fn by_alice(kind: &str, details: &Value) -> Value {
    told(
        kind,
        50,
        json!({"details": details,
            "authDetails": {"userId": "alice", "sessionId": "s1", "clientId": "web", "username": "alice"}}),
    )
}

fn start() -> Shell {
    let setup = Setup::seeded().realm("veni");
    let statement = "UPDATE shell.identity_providers SET password_reset_ends_sessions = true WHERE slug = 'default'";
    let mut superuser = setup.database().as_superuser();
    superuser.batch_execute(statement).unwrap();
    setup.start()
}

#[track_caller]
fn deliver(shell: &Shell, event: &Value) {
    let answer = shell.deliver(event).expect(202);
    assert_eq!(answer.json()["status"], "applied", "{}", answer.body);
}

const ALICE: Token = Token::of("alice", "s1");
const ELSEWHERE: Token = Token::of("alice", "s2");
const SESSIONLESS: Token = Token {
    session: None,
    ..ALICE
};
const LATER: Token = Token { ago: 10, ..ALICE };
const ANOTHER: Token = Token {
    token_id: "j2",
    ..ALICE
};
const OTHER_CLIENT: Token = Token {
    client: "drive",
    ..ALICE
};
const BOB: Token = Token::of("bob", "s9");

/// Delivers an event after which these tokens are refused and the others served; all were served before.
#[track_caller]
fn ends(event: &Value, those: &[&Token], and_not: &[&Token]) {
    let shell = start();
    let sign = |tokens: &[&Token]| -> Vec<Signed> {
        let signed = tokens.iter().map(|token| token.signed(&shell));
        signed.collect()
    };
    let (those, others) = (sign(those), sign(and_not));
    for token in those.iter().chain(&others) {
        served(&shell, token);
    }
    deliver(&shell, event);
    for token in &those {
        refused(&shell, token);
    }
    for token in &others {
        served(&shell, token);
    }
    // Delivered again, it has no further effect.
    deliver(&shell, event);
    refused(&shell, &those[0]);
    served(&shell, &others[0]);
}

#[test]
fn a_logout_ends_its_session_and_what_is_of_none() {
    let logout = by_alice("access.LOGOUT", &json!({}));
    ends(
        &logout,
        &[&ALICE, &SESSIONLESS],
        &[&ELSEWHERE, &LATER, &BOB],
    );
}

#[test]
fn a_logout_that_a_required_action_triggered_ends_all_of_before() {
    let details = json!({"logout_triggered_by_required_action": "UPDATE_PASSWORD"});
    let logout = by_alice("access.LOGOUT", &details);
    ends(
        &logout,
        &[&ALICE, &ELSEWHERE, &SESSIONLESS],
        &[&LATER, &BOB],
    );
}

#[test]
fn a_session_that_an_administrator_ends() {
    let ended = by_administrator(
        "admin.USER_SESSION-DELETE",
        "sessions/s1",
        &json!({"offline": false}),
    );
    ends(&ended, &[&ALICE], &[&ELSEWHERE, &LATER, &BOB]);
}

#[test]
fn all_sessions_of_a_user() {
    let ended = by_administrator("admin.USER-ACTION", "users/alice/logout", &json!({}));
    ends(&ended, &[&ALICE, &ELSEWHERE, &SESSIONLESS], &[&LATER, &BOB]);
}

#[test]
fn a_whole_realm() {
    let ended = by_administrator("admin.REALM-ACTION", "logout-all", &json!({}));
    let later = Token { ago: 10, ..BOB };
    ends(&ended, &[&ALICE, &BOB, &SESSIONLESS], &[&LATER, &later]);
}

#[test]
fn a_token_that_was_revoked_at_the_provider() {
    let token = told(
        "access.REVOKE_GRANT",
        50,
        json!({"details": {"token_id": "j1"}, "authDetails": {"clientId": "web"}}),
    );
    // Whenever the token was issued.
    ends(&token, &[&ALICE, &LATER], &[&ANOTHER]);
}

#[test]
fn a_refresh_token_that_was_revoked_ends_its_session() {
    let details = json!({"refresh_token_id": "r1", "revoked_client": "web"});
    let revoked = by_alice("access.REVOKE_GRANT", &details);
    ends(&revoked, &[&ALICE, &SESSIONLESS], &[&ELSEWHERE, &LATER]);
}

#[test]
fn a_password_that_was_reset() {
    let reset = by_administrator(
        "admin.USER-ACTION",
        "users/alice/reset-password",
        &json!({}),
    );
    ends(&reset, &[&ALICE, &ELSEWHERE, &SESSIONLESS], &[&LATER, &BOB]);
}

#[test]
fn a_client_that_is_deleted() {
    let deleted = by_administrator(
        "admin.CLIENT-DELETE",
        "clients/c1",
        &json!({"id": "c1", "clientId": "web"}),
    );
    let later = Token { ago: 10, ..ALICE };
    ends(
        &deleted,
        &[&ALICE, &ELSEWHERE, &BOB],
        &[&OTHER_CLIENT, &later],
    );
}

#[test]
fn a_user_that_is_disabled_or_deleted() {
    let disabled = by_administrator(
        "admin.USER-UPDATE",
        "users/alice",
        &json!({"enabled": false}),
    );
    let deleted = by_administrator("admin.USER-DELETE", "users/alice", &json!({"id": "alice"}));
    for event in [disabled, deleted] {
        ends(&event, &[&ALICE, &ELSEWHERE, &SESSIONLESS], &[&BOB]);
    }
}

#[test]
fn a_client_that_is_disabled_is_known_by_what_was_told_before() {
    let shell = start();
    let token = ALICE.signed(&shell);
    served(&shell, &token);
    let disabled = by_administrator(
        "admin.CLIENT-UPDATE",
        "clients/c1",
        &json!({"enabled": false}),
    );
    let answer = shell.deliver(&disabled).expect(202).json();
    assert_eq!(
        (&answer["status"], &answer["reason"]),
        (&json!("failed"), &json!("unknown_client"))
    );
    served(&shell, &token);
    let named = by_administrator(
        "admin.CLIENT-UPDATE",
        "clients/c1",
        &json!({"clientId": "web"}),
    );
    deliver(&shell, &named);
    served(&shell, &token);
    let again = by_administrator(
        "admin.CLIENT-UPDATE",
        "clients/c1",
        &json!({"enabled": false}),
    );
    deliver(&shell, &again);
    refused(&shell, &token);
    served(&shell, &OTHER_CLIENT.signed(&shell));
}

#[test]
fn a_moment_that_is_ahead_hides_no_later_end_of_a_client() {
    let shell = start();
    let now = event("", json!({}))["time"].as_u64().unwrap() / 1_000;
    let ahead = json!({"clientId": "web", "notBefore": now + 900});
    let ahead = by_administrator("admin.CLIENT-UPDATE", "clients/c1", &ahead);
    deliver(&shell, &ahead);
    // As if ten minutes had passed since.
    let passed = "UPDATE shell.provider_clients SET ended_at = ended_at - interval '10 minutes';
        UPDATE shell.revocations SET cut_off_at = cut_off_at - interval '10 minutes'";
    let mut superuser = shell.database().as_superuser();
    superuser.batch_execute(passed).unwrap();
    let disabled = json!({"enabled": false});
    let disabled = by_administrator("admin.CLIENT-UPDATE", "clients/c1", &disabled);
    deliver(&shell, &disabled);
    let query = "SELECT count(*) FROM shell.revocations
        WHERE kind = 'client' AND value = 'web' AND cut_off_at > now() - interval '5 minutes'";
    let ended: i64 = superuser.query_one(query, &[]).unwrap().get(0);
    assert_eq!(ended, 1);
}
