//! `/access/v1/search`: results with the roles of the seed data, and who may search.

use serde_json::{Value, json};
use tests::{
    Mode, Proxy, Setup, Shell,
    decisions::ask,
    redis::{connect, run},
    searches::{ACTIONS, RESOURCES, SUBJECTS, names},
};

fn search(user: &str, action: &str, kind: &str) -> Value {
    json!({
        "subject": {"type": "user", "id": user}, "action": {"name": action},
        "resource": {"type": kind},
    })
}

#[test]
fn resources_are_found() {
    let shell = Shell::start();
    let check = |user: &str, action: &str, expected: &[&str]| {
        let answer = ask(&shell, RESOURCES, &search(user, action, "document"));
        assert_eq!(names(&answer, "id"), expected, "{user} {action}");
        assert_eq!(answer.json()["page"]["next_token"], "");
    };
    check("alice", "read", &["budget-2024", "handbook"]);
    check("alice", "write", &["handbook"]);
    check("nobody", "read", &[]);
}

#[test]
fn subjects_and_actions_are_found() {
    let shell = Shell::start();
    let who = |action: &str, expected: &[&str]| {
        let mut body = search("", action, "document");
        body["subject"] = json!({"type": "user"});
        body["resource"]["id"] = json!("handbook");
        let mut found = names(&ask(&shell, SUBJECTS, &body), "id");
        found.sort();
        assert_eq!(found, expected, "{action}");
    };
    who("read", &["admin", "alice", "bob"]);
    who("write", &["admin", "alice"]);
    who("delete", &["admin", "alice"]);
    who("anything", &["admin"]);
    let what = |user: &str, id: &str, expected: &[&str]| {
        let mut body = search(user, "ignored", "document");
        body["resource"]["id"] = json!(id);
        let found = names(&ask(&shell, ACTIONS, &body), "name");
        assert_eq!(found, expected, "{user} {id}");
    };
    what("alice", "handbook", &["delete", "read", "write"]);
    what("alice", "budget-2024", &["delete", "read"]);
    what("alice", "unknown", &["read", "write"]);
    what("bob", "handbook", &["read"]);
    what("admin", "handbook", &["delete", "read", "write"]);
    what("nobody", "handbook", &[]);
}

/// Creates or replaces a role of acme.
#[track_caller]
fn put(shell: &Shell, path: &str, body: &Value) {
    let request = shell.platform("PUT", path);
    let request = request.header("shell-organization", "acme");
    let status = request.json(body).send().status;
    assert!(matches!(status, 200 | 201), "{path} {status}");
}

#[test]
fn what_lines_name_is_known_and_stars_name_nothing() {
    let shell = Shell::start();
    let line = |kind: &str, id: &str, action: &str, effect: &str| json!({"resource_type": kind, "resource_id": id, "action": action, "effect": effect});
    let lines = json!([
        line("document", "plan", "publish", "deny"),
        line("document", "plan", "read", "allow"),
        line("document", "*", "*", "deny"),
        line("file", "other", "move", "allow"),
    ]);
    // A role without members.
    put(
        &shell,
        "/v1/roles/named",
        &json!({"name": "Named", "permissions": lines}),
    );
    let answer = ask(&shell, RESOURCES, &search("bob", "read", "document"));
    assert_eq!(names(&answer, "id"), ["budget-2024", "handbook", "plan"]);
    let answer = ask(&shell, RESOURCES, &search("admin", "read", "file"));
    assert_eq!(names(&answer, "id"), ["other"]);
    let mut body = search("admin", "", "document");
    body["resource"]["id"] = json!("1");
    let answer = ask(&shell, ACTIONS, &body);
    let all = ["delete", "move", "publish", "read", "write"];
    assert_eq!(names(&answer, "name"), all);
    // As bob's role, it denies him everything.
    put(&shell, "/v1/roles/named/members/bob", &json!({}));
    let answer = ask(&shell, RESOURCES, &search("bob", "read", "document"));
    assert_eq!(names(&answer, "id"), [] as [&str; 0]);
    // In another organization, nothing of it is visible.
    let globex = shell.platform("POST", ACTIONS);
    let globex = globex.header("shell-organization", "globex");
    let answer = globex.json(&body).send();
    assert_eq!(names(&answer, "name"), ["read", "write"]);
}

#[test]
fn who_may_search_about_whom() {
    let shell = Shell::start();
    let by = |user: &str, path: &str, body: &Value| {
        let request = shell.request("POST", path).by("acme", user);
        request.json(body).send()
    };
    let mut own = search("alice", "read", "document");
    own["resource"]["id"] = json!("handbook");
    for path in [RESOURCES, ACTIONS] {
        by("alice", path, &own).expect(200);
        by("bob", path, &own).expect_problem(403, "forbidden");
        by("admin", path, &own).expect(200);
        let mut other = own.clone();
        other["subject"]["type"] = json!("group");
        by("alice", path, &other).expect_problem(403, "forbidden");
        let nobody = shell.request("POST", path).json(&own).send();
        nobody.expect_problem(401, "unauthenticated");
    }
    // A search for subjects is about all of them, whoever is named in the request.
    by("alice", SUBJECTS, &own).expect_problem(403, "forbidden");
    by("admin", SUBJECTS, &own).expect(200);
    // A caller without the right does not learn what is wrong with the request.
    by("alice", SUBJECTS, &json!({})).expect_problem(403, "forbidden");
    by("admin", SUBJECTS, &json!({})).expect_problem(400, "invalid-search");
    // A user of another organization with the same id is not the caller.
    let act = json!([{"resource_type": "organization", "resource_id": "acme", "action": "act_for",
        "effect": "allow"}]);
    let actor = json!({"name": "Actor", "permissions": act});
    for (path, body) in [
        ("/v1/roles/actor", actor),
        ("/v1/roles/actor/members/alice", json!({})),
    ] {
        shell.platform("PUT", path).json(&body).send().expect(201);
    }
    let namesake = shell.request("POST", RESOURCES).by("platform", "alice");
    let namesake = namesake.header("shell-organization", "acme");
    namesake.json(&own).send().expect_problem(403, "forbidden");
}

#[test]
fn nobody_promotes_itself_by_searching() {
    let shell = Shell::start();
    let mut body = search("alice", "write", "document");
    body["resource"]["properties"] = json!({"status": "published"});
    let service = ask(&shell, RESOURCES, &body);
    assert_eq!(names(&service, "id"), ["budget-2024", "handbook"]);
    let own = shell.request("POST", RESOURCES).by("acme", "alice");
    assert_eq!(names(&own.json(&body).send(), "id"), ["handbook"]);
}

#[test]
fn a_change_is_found_by_the_next_search() {
    let shell = Shell::start();
    let mut who = search("", "write", "document");
    who["subject"] = json!({"type": "user"});
    who["resource"]["id"] = json!("1");
    let check = |path: &str, body: &Value, expected: &[&str]| {
        let mut found = names(&ask(&shell, path, body), "id");
        found.sort();
        assert_eq!(found, expected);
    };
    for _ in 0..3 {
        put(&shell, "/v1/roles/editor/members/bob", &json!({}));
        check(SUBJECTS, &who, &["admin", "alice", "bob"]);
        check(
            RESOURCES,
            &search("bob", "write", "document"),
            &["handbook"],
        );
        let path = "/v1/roles/editor/members/bob";
        let request = shell.platform("DELETE", path);
        request
            .header("shell-organization", "acme")
            .send()
            .expect(204);
        check(SUBJECTS, &who, &["admin", "alice"]);
        check(RESOURCES, &search("bob", "write", "document"), &[]);
    }
}

#[test]
fn a_search_of_subjects_fills_in_nobodys_policy() {
    let mut shell = Shell::start();
    let mut redis = connect(&mut shell);
    let mut who = search("", "read", "document");
    who["subject"] = json!({"type": "user"});
    who["resource"]["id"] = json!("1");
    for _ in 0..2 {
        ask(&shell, SUBJECTS, &who).expect(200);
    }
    let kept: Vec<String> = run(&mut redis, &["KEYS", "policy:*"]);
    // Only the caller's own policy is cached.
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(kept[0].ends_with(":svc-drive"));
    assert_eq!(shell.log_lines(), [] as [Value; 0]);
}

#[test]
fn redis_may_be_away_and_postgresql_may_not() {
    let setup = Setup::seeded();
    let postgresql = Proxy::to(&setup.database().runtime.host);
    let address = postgresql.address().to_owned();
    let mut shell = setup.variable("database_host", address).start();
    let mut body = search("alice", "write", "document");
    body["resource"]["id"] = json!("handbook");
    let found = |shell: &Shell| {
        let sizes = [(SUBJECTS, "id"), (RESOURCES, "id"), (ACTIONS, "name")];
        sizes.map(|(path, member)| names(&ask(shell, path, &body), member).len())
    };
    assert_eq!(found(&shell), [2, 1, 3]);
    shell.redis().kill_hard();
    assert_eq!(found(&shell), [2, 1, 3]);
    postgresql.set(Mode::Cut);
    for path in [SUBJECTS, RESOURCES, ACTIONS] {
        ask(&shell, path, &body).expect_problem(503, "unavailable");
    }
}
