//! Introspection (RFC 7662): the answers about tokens, for each caller.

use serde_json::{Value, json};
use tests::{
    Answer, Mode, Proxy, Request, Setup, Shell,
    organization_claims::naming,
    redis::{calls, connect, count, run},
    waiting::soon,
};

use super::{cutting_off::add, revoking::revoke};

const INTROSPECT: &str = "/v1/tokens/introspect";
const FORM: &str = "application/x-www-form-urlencoded";

/// A request about a token, without a caller yet.
fn about<'s>(shell: &'s Shell, token: &str) -> Request<'s> {
    let request = shell.request("POST", INTROSPECT);
    request.body(FORM, format!("token={token}"))
}

/// The answer for a satellite, which acts for an organization if one is named.
fn told(shell: &Shell, acting_for: Option<&str>, token: &str) -> Answer {
    let mut request = about(shell, token).by("platform", "svc-drive");
    if let Some(slug) = acting_for {
        request = request.header("shell-organization", slug);
    }
    let answer = request.send().expect(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer
}

#[track_caller]
fn inactive(answer: &Answer) {
    assert_eq!(answer.body, r#"{"active":false}"#);
}

#[track_caller]
fn active(shell: &Shell, answer: &Answer, organization: &str, subject: &str) {
    let said = answer.json();
    assert_eq!(said["active"], true, "{said}");
    assert_eq!(said["sub"], subject);
    let organization = shell.database().organization(organization).to_string();
    assert_eq!(said["organization_id"], organization);
}

#[test]
fn what_a_token_says_is_passed_on_in_the_words_of_the_standard() {
    let shell = Shell::start();
    let claims = shell.claims("acme", "alice");
    let mut sent = serde_json::to_value(&claims).unwrap();
    for (name, value) in [
        ("sid", json!("s1")),
        ("azp", json!("web")),
        ("scope", json!("openid")),
        ("preferred_username", json!("alice.a")),
        ("email", json!("alice@acme.example")),
    ] {
        sent[name] = value;
    }
    let answer = told(&shell, Some("acme"), &shell.sign(&sent));
    let expected = json!({"active": true, "token_type": "Bearer", "iss": claims.iss, "aud": claims.aud,
        "sub": "alice", "exp": claims.exp, "iat": claims.iat, "nbf": claims.nbf, "jti": claims.jti, "sid": "s1",
        "client_id": "web", "scope": "openid", "username": "alice.a", "organization_id": claims.organization_id});
    assert_eq!(answer.json(), expected);
}

#[test]
fn the_caller_learns_of_its_own_organizations_and_of_those_that_it_acts_for() {
    let shell = Shell::start();
    let [acme, globex, platform] = [
        ("acme", "alice"),
        ("globex", "carol"),
        ("platform", "nobody"),
    ]
    .map(|(organization, subject)| shell.token(organization, subject));
    // Twice: from PostgreSQL, then from Redis.
    for _ in 0..2 {
        active(&shell, &told(&shell, Some("acme"), &acme), "acme", "alice");
        inactive(&told(&shell, Some("acme"), &globex));
        inactive(&told(&shell, Some("acme"), &platform));
        inactive(&told(&shell, Some("platform"), &acme));
        active(
            &shell,
            &told(&shell, Some("platform"), &platform),
            "platform",
            "nobody",
        );
        // A satellite that names no organization gets answers for all that it may act for.
        active(&shell, &told(&shell, None, &acme), "acme", "alice");
        active(&shell, &told(&shell, None, &globex), "globex", "carol");
        active(&shell, &told(&shell, None, &platform), "platform", "nobody");
        let of_acme = |token| about(&shell, token).by("acme", "admin").send().expect(200);
        active(&shell, &of_acme(&acme), "acme", "alice");
        inactive(&of_acme(&globex));
        inactive(&of_acme(&platform));
    }
}

#[test]
fn who_may_act_for_one_organization_learns_of_no_other() {
    let shell = Shell::start();
    let lines = json!([
        {"resource_type": "token", "resource_id": "*", "action": "introspect", "effect": "allow"},
        {"resource_type": "organization", "resource_id": "acme", "action": "act_for", "effect": "allow"},
    ]);
    let role = json!({"name": "Of acme", "permissions": lines});
    shell
        .platform("PUT", "/v1/roles/of-acme")
        .json(&role)
        .send()
        .expect(201);
    let member = shell.platform("PUT", "/v1/roles/of-acme/members/of-acme");
    member.json(&json!({})).send().expect(201);
    let ask = |token: &str| about(&shell, token).by("platform", "of-acme");
    let (acme, globex) = (shell.token("acme", "alice"), shell.token("globex", "carol"));
    active(&shell, &ask(&acme).send().expect(200), "acme", "alice");
    inactive(&ask(&globex).send().expect(200));
    let acting = |slug: &str| ask(&globex).header("shell-organization", slug).send();
    inactive(&acting("acme").expect(200));
    acting("globex").expect_problem(403, "forbidden");
}

#[test]
fn about_other_tokens_than_ones_own_it_takes_the_right() {
    let shell = Shell::start();
    let (own, other) = (shell.token("acme", "alice"), shell.token("acme", "bob"));
    let ask = |token: &str| about(&shell, token).bearing(&own).send();
    active(&shell, &ask(&own).expect(200), "acme", "alice");
    ask(&other).expect_problem(403, "forbidden");
    ask(&shell.token("acme", "alice")).expect_problem(403, "forbidden");
    ask("nonsense").expect_problem(403, "forbidden");
    about(&shell, &own)
        .send()
        .expect_problem(401, "unauthenticated");
    let refused = about(&shell, &own).bearing("nonsense").send();
    let refused = refused.expect_problem(401, "unauthenticated");
    assert!(refused.header("www-authenticate").is_some());
}

#[test]
fn who_may_not_act_there_is_refused_whatever_the_token_is_worth() {
    let shell = Shell::start();
    let own = shell.token("acme", "admin");
    let (good, revoked) = (shell.token("globex", "carol"), shell.token("acme", "alice"));
    revoke(&shell, &revoked);
    for slug in ["globex", "nowhere"] {
        for token in [&good, &revoked, &own, "opaque"] {
            let request = about(&shell, token).bearing(&own);
            let answer = request.header("shell-organization", slug).send();
            answer.expect_problem(403, "forbidden");
        }
    }
    // In its own organization it gets an answer, also by name, and for its own token it needs no right.
    let request = about(&shell, &own).bearing(&own);
    let answer = request.header("shell-organization", "acme").send();
    active(&shell, &answer.expect(200), "acme", "admin");
}

#[test]
fn nothing_is_said_of_what_is_worth_nothing() {
    let shell = Shell::start();
    let mut ended = shell.claims("acme", "alice");
    ended.exp = ended.iat - 1;
    ended.iat -= 60;
    let mut foreign = shell.claims("acme", "alice");
    foreign.iss = "https://elsewhere.example".to_owned();
    let mut nowhere = shell.claims("acme", "alice");
    nowhere.organization_id = None;
    let revoked = shell.token("acme", "alice");
    active(
        &shell,
        &told(&shell, Some("acme"), &revoked),
        "acme",
        "alice",
    );
    revoke(&shell, &revoked);
    for token in [
        &shell.sign(&ended),
        &shell.sign(&foreign),
        &shell.sign(&nowhere),
        &revoked,
        "opaque",
        "a.b.c",
        &"x".repeat(100_000),
    ] {
        inactive(&told(&shell, Some("acme"), token));
        inactive(&told(&shell, None, token));
    }
}

#[test]
fn what_was_cut_off_is_worth_nothing() {
    let shell = Shell::start();
    let mut claims = shell.claims("acme", "alice");
    claims.sid = Some("s1".to_owned());
    let [one, two] = [shell.sign(&claims), shell.token("acme", "alice")];
    let acme = |token: &str| told(&shell, Some("acme"), token);
    for token in [&one, &two] {
        active(&shell, &acme(token), "acme", "alice");
    }
    add(&shell, ("acme", "admin"), &json!({"session": "s1"})).expect(201);
    inactive(&acme(&one));
    active(&shell, &acme(&two), "acme", "alice");
    add(&shell, ("acme", "admin"), &json!({"subject": "alice"})).expect(201);
    inactive(&acme(&two));
}

#[test]
fn suspended_organizations_and_ended_memberships_make_an_end() {
    let shell = Shell::start();
    let (alice, bob) = (shell.token("acme", "alice"), shell.token("acme", "bob"));
    for token in [&alice, &bob] {
        assert_eq!(told(&shell, Some("acme"), token).json()["active"], true);
    }
    let removal = shell.request("DELETE", "/v1/users/bob");
    removal.by("acme", "admin").send().expect(204);
    inactive(&told(&shell, Some("acme"), &bob));
    assert_eq!(told(&shell, Some("acme"), &alice).json()["active"], true);
    let organization = json!({"name": "Acme", "plan": "free", "status": "suspended"});
    let put = shell.platform("PUT", "/v1/organizations/acme");
    put.json(&organization).send().expect(200);
    inactive(&told(&shell, Some("acme"), &alice));
    inactive(&told(&shell, None, &alice));
}

#[test]
fn a_token_of_several_organizations_is_of_the_one_that_the_caller_names() {
    let shell = Shell::start();
    let token = naming(&shell, "alice", &json!(["acme", "globex"]));
    for _ in 0..2 {
        active(&shell, &told(&shell, Some("acme"), &token), "acme", "alice");
        active(
            &shell,
            &told(&shell, Some("globex"), &token),
            "globex",
            "alice",
        );
        inactive(&told(&shell, Some("platform"), &token));
        inactive(&told(&shell, None, &token));
    }
    let one = naming(&shell, "alice", &json!(["acme"]));
    active(&shell, &told(&shell, None, &one), "acme", "alice");
    inactive(&told(&shell, Some("globex"), &one));
}

#[test]
fn faults_of_the_form_are_the_standards_own() {
    let shell = Shell::start();
    let sent = |kind: &str, body: &str| {
        let request = shell
            .request("POST", INTROSPECT)
            .by("platform", "svc-drive");
        request.body(kind, body).send()
    };
    for answer in [
        sent(FORM, ""),
        sent(FORM, "token=a&token=b"),
        sent("application/json", r#"{"token":"a"}"#),
    ] {
        let said: Value = answer.expect(400).json();
        assert_eq!(said["error"], "invalid_request", "{said}");
    }
    let large = format!("token={}", "x".repeat(1_100_000));
    sent(FORM, &large).expect_problem(413, "too-large");
}

#[test]
fn a_question_leaves_no_line_and_costs_two_looks() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let satellite = shell.token("platform", "svc-drive");
    let token = shell.token("acme", "alice");
    let ask = || {
        let request = about(&shell, &token).bearing(&satellite);
        let answer = request.header("shell-organization", "acme").send();
        active(&shell, &answer.expect(200), "acme", "alice");
    };
    for _ in 0..3 {
        ask();
    }
    run::<()>(&mut redis, &["CONFIG", "RESETSTAT"]);
    for _ in 0..20 {
        ask();
    }
    let calls = calls(&mut redis);
    assert_eq!(count(&calls, "mget"), 40, "{calls:?}");
    let lines = shell.log_lines();
    assert!(lines.is_empty(), "{lines:?}");
}

#[test]
fn either_store_may_be_away() {
    let mut setup = Setup::seeded();
    let postgresql = Proxy::to(&setup.database().runtime.host);
    let redis = Proxy::to(&setup.redis().url().host);
    let shell = setup
        .variable("database_host", postgresql.address())
        .variable("redis_host", redis.address())
        .start();
    let (satellite, token) = (
        shell.token("platform", "svc-drive"),
        shell.token("acme", "alice"),
    );
    let ask = |token: &str| {
        let request = about(&shell, token).bearing(&satellite);
        soon(|| request.header("shell-organization", "acme").send())
    };
    let revoked = shell.token("acme", "alice");
    for token in [&token, &revoked] {
        active(&shell, &ask(token).expect(200), "acme", "alice");
    }
    revoke(&shell, &revoked);
    redis.set(Mode::Cut);
    active(&shell, &ask(&token).expect(200), "acme", "alice");
    inactive(&ask(&revoked).expect(200));
    redis.set(Mode::Pass);
    active(&shell, &ask(&token).expect(200), "acme", "alice");
    postgresql.set(Mode::Cut);
    active(&shell, &ask(&token).expect(200), "acme", "alice");
    inactive(&ask(&revoked).expect(200));
    // Without PostgreSQL, it is unknown whether another token is valid.
    let answer = ask(&shell.token("acme", "alice")).expect_problem(503, "unavailable");
    assert!(answer.header("retry-after").is_some());
    redis.set(Mode::Cut);
    ask(&token).expect_problem(503, "unavailable");
}
