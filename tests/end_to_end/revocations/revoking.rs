//! Tokens that their holders revoke (RFC 7009).

use serde_json::{Value, json};
use tests::{
    Answer, Setup, Shell, Signer,
    decisions::{ONE, question},
    organization_claims::naming,
};
use xtask::functions;

pub(crate) const REVOKE: &str = "/v1/tokens/revoke";
const FORM: &str = "application/x-www-form-urlencoded";

/// Sends a form, without a token of the sender.
pub(crate) fn submit(shell: &Shell, form: &str) -> Answer {
    shell.request("POST", REVOKE).body(FORM, form).send()
}

#[track_caller]
pub(crate) fn revoke(shell: &Shell, token: &str) {
    let answer = submit(shell, &format!("token={token}")).expect(200);
    assert_eq!(answer.body, "");
    assert_eq!(answer.header("content-length"), Some("0"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

/// The components that authenticate callers, with a request to each that every caller may make.
const EVERY_FUNCTION: [(&str, &str, &str); 5] = [
    ("registry", "GET", "/v1/apps"),
    ("audit-write", "POST", "/v1/audit-events"),
    ("identity-sync", "GET", "/v1/users/alice"),
    ("rbac-check", "POST", ONE),
    ("token", "POST", "/v1/tokens/introspect"),
];

/// Sends one request to each function, as alice.
pub(crate) fn everywhere(shell: &Shell, token: &str) -> Vec<Answer> {
    let ask = |(component, method, path): (&str, &str, &str)| {
        let request = shell.request(method, path).bearing(token);
        match component {
            "audit-write" => {
                request.json(&json!({"action": "document.read", "outcome": "success"}))
            }
            "rbac-check" => request.json(&question("alice", "read")),
            "token" => request.body(FORM, format!("token={token}")),
            _ => request,
        }
        .send()
    };
    EVERY_FUNCTION.map(ask).into()
}

#[track_caller]
pub(crate) fn served(shell: &Shell, token: &str) {
    for (answer, function) in everywhere(shell, token).iter().zip(EVERY_FUNCTION) {
        assert!(
            matches!(answer.status, 200 | 201),
            "{function:?}: {answer:?}"
        );
    }
}

#[track_caller]
pub(crate) fn refused(shell: &Shell, token: &str) {
    for (answer, function) in everywhere(shell, token).into_iter().zip(EVERY_FUNCTION) {
        let answer = answer.expect_problem(401, "unauthenticated");
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(
            challenge.contains(r#"error="invalid_token""#),
            "{function:?}: {challenge}"
        );
        assert_eq!(
            answer.json()["detail"],
            "the token has been revoked",
            "{function:?}"
        );
    }
}

/// The number of stored revocations.
pub(crate) fn written(shell: &Shell) -> i64 {
    let query = "SELECT count(*) FROM shell.revocations";
    let mut database = shell.database().as_superuser();
    database.query_one(query, &[]).unwrap().get(0)
}

pub(crate) fn trail(shell: &Shell) -> Vec<Value> {
    let path = "/v1/audit-events?action=token.revoked";
    let answer = shell.get(path).by("acme", "admin").send().expect(200);
    answer.json()["items"].as_array().unwrap().clone()
}

#[test]
fn every_component_that_lets_callers_in_is_asked() {
    let manifest = std::fs::read_to_string(functions::application_manifest()).unwrap();
    let names = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("[component."));
    let mut names: Vec<_> = names.filter_map(|rest| rest.strip_suffix(']')).collect();
    // The first two authenticate nobody; names with a dot are tables within components.
    names.retain(|name| !["health", "not-found"].contains(name) && !name.contains('.'));
    names.sort_unstable();
    let mut asked = EVERY_FUNCTION.map(|(component, ..)| component);
    asked.sort_unstable();
    assert_eq!(names, asked);
}

#[test]
fn a_revoked_token_is_refused_by_every_function_from_the_next_request_on() {
    let shell = Shell::start();
    let (token, another) = (shell.token("acme", "alice"), shell.token("acme", "alice"));
    served(&shell, &token);
    served(&shell, &another);
    revoke(&shell, &token);
    refused(&shell, &token);
    served(&shell, &another);
    // Revoking it again has the same result, and is recorded once.
    revoke(&shell, &token);
    assert_eq!(written(&shell), 1);
    let trail = trail(&shell);
    assert_eq!(trail.len(), 1, "{trail:?}");
    assert_eq!(trail[0]["actor"]["id"], "alice");
    // A token that names the organization.
    revoke(&shell, &naming(&shell, "alice", &json!(["acme"])));
    assert_eq!(self::trail(&shell).len(), 2);
    // A token that no function has seen yet, read from a file with its line break.
    let unseen = shell.token("acme", "alice");
    submit(&shell, &format!("token={unseen}%0A")).expect(200);
    refused(&shell, &unseen);
}

#[test]
fn the_second_form_of_a_signature_revives_nothing() {
    let signer = Signer::p256("k");
    let keys = json!({"keys": [signer.jwk()]}).to_string();
    let shell = Setup::seeded().variable("oidc_jwks", keys).start();
    for revoked in [0, 1] {
        let token = signer.sign(&shell.claims("acme", "alice"));
        let both = [twin(&token), token];
        assert_ne!(both[0], both[1]);
        both.iter().for_each(|token| served(&shell, token));
        revoke(&shell, &both[revoked]);
        both.iter().for_each(|token| refused(&shell, token));
    }
}

/// The same token with the second valid signature (ES256: of r and s, n − s in the place of s).
fn twin(token: &str) -> String {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = p256::ecdsa::Signature::from_slice(&BASE64.decode(signature).unwrap()).unwrap();
    let (r, s) = signature.split_scalars();
    let twin = p256::ecdsa::Signature::from_scalars(r, -s).unwrap();
    format!("{signed}.{}", BASE64.encode(twin.to_bytes()))
}

#[test]
fn what_is_worth_nothing_is_answered_alike_and_not_kept() {
    let shell = Shell::start();
    let mut ended = shell.claims("acme", "alice");
    ended.exp = ended.iat - 1;
    ended.iat -= 60;
    let mut foreign = shell.claims("acme", "alice");
    foreign.iss = "https://elsewhere.example".to_owned();
    let mut elsewhere = shell.claims("acme", "alice");
    elsewhere.aud = "another".to_owned();
    let good = shell.token("acme", "alice");
    let forged = format!("{}.{}", good.rsplit_once('.').unwrap().0, "A".repeat(86));
    for token in [
        &shell.sign(&ended),
        &shell.sign(&foreign),
        &shell.sign(&elsewhere),
        &forged,
        "opaque",
        "a.b.c",
        &"x".repeat(100_000),
    ] {
        revoke(&shell, token);
        let hinted = format!("token={token}&token_type_hint=access_token");
        submit(&shell, &hinted).expect(200);
    }
    assert_eq!(written(&shell), 0);
    served(&shell, &good);
}

#[test]
fn other_kinds_of_tokens_are_not_revoked_here() {
    let shell = Shell::start();
    let of = |name: &str, value: &str| {
        let mut claims = serde_json::to_value(shell.claims("acme", "alice")).unwrap();
        claims[name] = value.into();
        claims["aud"] = "web".into();
        shell.sign(&claims)
    };
    for form in [
        format!("token={}", of("typ", "ID")),
        format!(
            "token={}&token_type_hint=access_token",
            of("typ", "Refresh")
        ),
        format!("token={}", of("nonce", "x")),
        format!("token={}", of("at_hash", "x")),
        "token=opaque&token_type_hint=refresh_token".to_owned(),
    ] {
        let answer = submit(&shell, &form).expect(400);
        assert_eq!(answer.json()["error"], "unsupported_token_type", "{form}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    // A wrong hint has no effect.
    let token = shell.token("acme", "alice");
    submit(
        &shell,
        &format!("token={token}&token_type_hint=refresh_token"),
    )
    .expect(200);
    refused(&shell, &token);
}

#[test]
fn what_is_no_form_with_one_token_is_refused() {
    let shell = Shell::start();
    let token = shell.token("acme", "alice");
    let sent = |kind: &str, body: String| shell.request("POST", REVOKE).body(kind, body).send();
    for answer in [
        sent(FORM, String::new()),
        sent(FORM, "token=".to_owned()),
        sent(FORM, format!("token={token}&token={token}")),
        sent(
            FORM,
            format!("token={token}&token_type_hint=a&token_type_hint=b"),
        ),
        sent(FORM, format!("token={token}%")),
        sent("application/json", json!({"token": token}).to_string()),
        sent("text/plain", format!("token={token}")),
        shell.request("POST", REVOKE).send(),
    ] {
        let answer = answer.expect(400);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.json()["error"], "invalid_request", "{}", answer.body);
        assert!(answer.json()["error_description"].is_string());
    }
    let large = format!("token={}", "x".repeat(1_100_000));
    sent(FORM, large).expect_problem(413, "too-large");
    shell
        .get(REVOKE)
        .send()
        .expect_problem(405, "method-not-allowed");
    assert_eq!(written(&shell), 0);
    // The sender's own token is not checked.
    let request = shell.request("POST", REVOKE).bearing("nonsense");
    request
        .body(FORM, format!("token={token}"))
        .send()
        .expect(200);
    refused(&shell, &token);
}
