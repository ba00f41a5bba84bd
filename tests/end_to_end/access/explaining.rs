//! `/v1/access/explain`: the reasons of a decision, and who may request them.

use serde_json::{Value, json};
use tests::{
    Answer, Shell,
    decisions::{EXPLAIN, ONE, explain, question},
};

/// Asks as a user of acme.
pub fn explain_as(shell: &Shell, user: &str, question: &Value) -> Answer {
    let request = shell.request("POST", EXPLAIN).by("acme", user);
    request.json(question).send()
}

pub fn about(user: &str, action: &str, document: &str) -> Value {
    let mut question = question(user, action);
    question["resource"]["id"] = json!(document);
    question
}

/// Gives acme a role with these lines, and these users the role.
pub fn give(shell: &Shell, role: &str, inherits: &[&str], lines: &Value, users: &[&str]) {
    let put = |path: &str, body: &Value| {
        let request = shell.platform("PUT", path);
        let request = request.header("shell-organization", "acme");
        let answer = request.json(body).send();
        assert!(matches!(answer.status, 200 | 201), "{path}: {answer:?}");
    };
    let content = json!({"name": role, "inherits": inherits, "permissions": lines});
    put(&format!("/v1/roles/{role}"), &content);
    for user in users {
        put(&format!("/v1/roles/{role}/members/{user}"), &json!({}));
    }
}

pub fn line(effect: &str, action: &str, kind: &str, condition: Option<&str>) -> Value {
    json!({"resource_type": kind, "resource_id": "*", "action": action, "effect": effect,
        "condition": condition})
}

#[test]
fn how_a_role_is_held_and_which_line_decided() {
    let shell = Shell::start();
    let expected = json!({
        "decision": true,
        "reason": "the role viewer allows read on document:*; alice holds it through editor",
        "roles": [
            {"role": "editor", "ways": [{"path": ["editor"], "valid_until": null}]},
            {"role": "viewer", "ways": [{"path": ["editor", "viewer"], "valid_until": null}]},
        ],
        "roles_left_out": 0,
        "ended": [],
        "ended_left_out": 0,
        "lines": [{
            "role": "viewer", "resource_type": "document", "resource_id": "*", "action": "read",
            "effect": "allow", "condition": null, "outcome": "counts", "decided": true, "values": [],
        }],
        "lines_left_out": 0,
    });
    assert_eq!(explain(&shell, &question("alice", "read")), expected);
    // An organization's own administrator gets the same explanation.
    let own = explain_as(&shell, "admin", &question("alice", "read")).expect(200);
    assert_eq!(own.json(), expected);
}

#[test]
fn every_way_is_told_and_what_has_ended() {
    let shell = Shell::start();
    give(&shell, "chief", &["editor", "viewer"], &json!([]), &["bob"]);
    let put = |role: &str, valid_until: &str| {
        let path = format!("/v1/roles/{role}/members/bob");
        let request = shell.platform("PUT", &path);
        let request = request.header("shell-organization", "acme");
        let body = json!({"valid_until": valid_until});
        let status = request.json(&body).send().status;
        assert!(matches!(status, 200 | 201), "{role}");
    };
    put("viewer", "2999-01-01T00:00:00Z");
    put("admin", "2020-02-03T04:05:06.789Z");
    let answer = explain(&shell, &question("bob", "write"));
    let way = |path: &[&str]| json!({"path": path, "valid_until": null});
    let own = json!({"path": ["viewer"], "valid_until": "2999-01-01T00:00:00.000000Z"});
    assert_eq!(
        answer["roles"],
        json!([
            {"role": "chief", "ways": [way(&["chief"])]},
            {"role": "editor", "ways": [way(&["chief", "editor"])]},
            {"role": "viewer", "ways": [own, way(&["chief", "viewer"])]},
        ])
    );
    assert_eq!(
        answer["ended"],
        json!([{"role": "admin", "valid_until": "2020-02-03T04:05:06.789000Z"}])
    );
    assert_eq!(answer["decision"], true);
    // Of the two lines about it, only one decided.
    let decided: Vec<_> = answer["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| &line["decided"])
        .collect();
    assert_eq!(decided, [true, false]);
}

#[test]
fn a_denial_wins_and_is_shown_first() {
    let shell = Shell::start();
    let answer = explain(&shell, &about("alice", "write", "budget-2024"));
    assert_eq!(answer["decision"], false);
    assert_eq!(
        answer["reason"],
        "the role editor denies write on document:* under a condition that holds; alice was assigned it"
    );
    let shown = |line: &Value| {
        let shown = ["effect", "outcome", "decided", "values"].map(|name| line[name].clone());
        json!(shown)
    };
    let lines: Vec<_> = answer["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(shown)
        .collect();
    let status = json!([{"name": "resource.properties.status", "value": "archived"}]);
    assert_eq!(
        lines,
        [
            json!(["deny", "counts", true, status]),
            json!(["allow", "counts", false, []]),
        ]
    );
    // Attributes in the request take precedence over stored ones, and the explanation shows the evaluated values.
    let mut sent = about("alice", "write", "budget-2024");
    sent["resource"]["properties"] = json!({"status": "draft"});
    let answer = explain(&shell, &sent);
    assert_eq!(answer["decision"], true);
    let status = json!([{"name": "resource.properties.status", "value": "draft"}]);
    assert_eq!(answer["lines"][1]["values"], status);
    assert_eq!(answer["lines"][1]["outcome"], "does_not_hold");
}

#[test]
fn a_condition_that_cannot_be_judged_never_allows() {
    let shell = Shell::start();
    let condition = "resource.properties.level > 3 || context['at home']";
    let lines = json!([
        line("allow", "open", "safe", Some(condition)),
        line("allow", "close", "safe", None),
        line("deny", "close", "safe", Some(condition)),
    ]);
    give(&shell, "guard", &[], &lines, &["bob"]);
    let ask = |action: &str, context: Value| {
        let mut question = question("bob", action);
        question["resource"]["type"] = json!("safe");
        question["context"] = context;
        explain(&shell, &question)
    };
    let answer = ask("open", json!({}));
    assert_eq!(answer["decision"], false);
    assert_eq!(
        answer["reason"],
        "the role guard allows open on safe:* under a condition that cannot be evaluated"
    );
    let line = &answer["lines"][0];
    assert_eq!(line["outcome"], "cannot_be_judged");
    assert_eq!(line["decided"], false);
    let missing = json!([
        {"name": "resource.properties.level", "is_missing": true},
        {"name": "context[\"at home\"]", "is_missing": true},
    ]);
    assert_eq!(line["values"], missing);

    let answer = ask("close", json!({}));
    assert_eq!(answer["decision"], false);
    let line = &answer["lines"][0];
    assert_eq!(
        (&line["effect"], &line["outcome"], &line["decided"]),
        (&json!("deny"), &json!("cannot_be_judged"), &json!(true))
    );
    let answer = ask("open", json!({"at home": true}));
    assert_eq!(answer["decision"], true);
    assert_eq!(answer["lines"][0]["values"][1]["value"], true);
}

#[test]
fn who_holds_nothing_is_told_why() {
    let shell = Shell::start();
    let check = |shell: &Shell, question: &Value, reason: &str| {
        let answer = explain(shell, question);
        let expected = json!({"decision": false, "reason": reason, "roles": [], "ended": [],
            "lines": [], "lines_left_out": 0, "roles_left_out": 0, "ended_left_out": 0});
        assert_eq!(answer, expected);
    };
    let nobody = question("nobody", "read");
    check(
        &shell,
        &nobody,
        "nobody holds no role: it was assigned none, and no group gives it one",
    );
    let mut group = question("alice", "read");
    group["subject"]["type"] = json!("group");
    check(&shell, &group, "only a subject of type user can hold roles");
    // A known person who is not a member of acme.
    let none = "cannot hold a role here: it is not a member or is disabled, or the organization is suspended or \
        disabled";
    check(&shell, &question("carol", "read"), &format!("carol {none}"));
    let suspended = json!({"name": "Acme", "plan": "free", "status": "suspended"});
    let request = shell.platform("PUT", "/v1/organizations/acme");
    request.json(&suspended).send().expect(200);
    check(&shell, &question("alice", "read"), &format!("alice {none}"));
}

#[test]
fn who_may_ask() {
    let shell = Shell::start();
    let alice = question("alice", "read");
    explain_as(&shell, "admin", &alice).expect(200);
    // Callers may not even explain decisions about themselves, nor if they may ask for decisions.
    explain_as(&shell, "alice", &alice).expect_problem(403, "forbidden");
    let satellite = shell.request("POST", EXPLAIN).by("platform", "svc-drive");
    let satellite = satellite.header("shell-organization", "acme");
    satellite
        .json(&alice)
        .send()
        .expect_problem(403, "forbidden");
    let nobody = shell.request("POST", EXPLAIN).json(&alice).send();
    nobody.expect_problem(401, "unauthenticated");
    // A right on one role is not a right on all.
    let one = json!([{"resource_type": "role", "resource_id": "viewer", "action": "read",
        "effect": "allow"}]);
    give(&shell, "reader", &[], &one, &["bob"]);
    explain_as(&shell, "bob", &alice).expect_problem(403, "forbidden");
    let all = json!([line("allow", "read", "role", None)]);
    give(&shell, "reader", &[], &all, &["bob"]);
    explain_as(&shell, "bob", &alice).expect(200);
    // The right is only valid in the organization where it is held.
    let elsewhere = shell.request("POST", EXPLAIN).by("acme", "bob");
    let elsewhere = elsewhere.header("shell-organization", "globex");
    elsewhere
        .json(&alice)
        .send()
        .expect_problem(403, "forbidden");
    // Explaining writes no line to the log.
    let lines = shell.log_lines();
    assert!(
        lines
            .iter()
            .all(|line| line["status"] != 200 || line["route"] != EXPLAIN)
    );
}

#[test]
fn faults_are_those_of_the_shells_own_routes() {
    let shell = Shell::start();
    let send = |user: &str, body: &str| {
        let request = shell.request("POST", EXPLAIN).by("acme", user);
        request.body("application/json", body).send()
    };
    let answer = send(
        "admin",
        r#"{"subject":{"type":"user"},"action":{"name":7},"context":[]}"#,
    );
    let answer = answer.expect_problem(422, "invalid-fields");
    assert_eq!(
        answer.pointers(),
        ["/subject/id", "/action/name", "/context"]
    );
    let answer = send(
        "admin",
        r#"{"subject":{"type":"user","id":"a"},"action":{"name":"b"}}"#,
    );
    let answer = answer.expect_problem(422, "invalid-fields");
    assert_eq!(answer.pointers(), ["/resource"]);
    let large = json!({"a": "x".repeat(40_000)});
    let mut both = question("alice", "read");
    both["context"] = large.clone();
    both["resource"]["properties"] = large;
    let answer = explain_as(&shell, "admin", &both).expect_problem(422, "invalid-fields");
    assert_eq!(answer.pointers(), [""]);
    for (body, kind) in [
        ("", "invalid-json"),
        ("{", "invalid-json"),
        (r#"{"subject":1,"subject":2}"#, "unclear-json"),
    ] {
        send("admin", body).expect_problem(400, kind);
        // A caller without the right learns only that.
        send("alice", body).expect_problem(403, "forbidden");
    }
    send("admin", "[]").expect_problem(422, "invalid-fields");
    send("admin", &" ".repeat(1024 * 1024 + 1)).expect_problem(413, "too-large");
}

/// An explanation shows the decision that the same caller would get.
#[test]
fn what_is_explained_is_what_is_decided() {
    let shell = Shell::start();
    for user in ["alice", "bob", "admin", "nobody"] {
        for action in ["read", "write", "delete", "share"] {
            for document in ["handbook", "budget-2024", "*"] {
                let question = about(user, action, document);
                let explained = explain_as(&shell, "admin", &question).expect(200).json();
                let request = shell.request("POST", ONE).by("acme", "admin");
                let decided = request.json(&question).send().expect(200).json();
                let expected = json!({"decision": explained["decision"],
                    "context": {"reason": explained["reason"]}});
                assert_eq!(decided, expected, "{question}");
            }
        }
    }
    // What a user claims about itself is ignored here, too.
    let lines = json!([line(
        "allow",
        "open",
        "safe",
        Some("subject.properties.trusted")
    )]);
    give(&shell, "guard", &[], &lines, &["admin"]);
    let mut question = question("admin", "open");
    question["resource"]["type"] = json!("safe");
    question["subject"]["properties"] = json!({"trusted": true});
    give(&shell, "guard", &[], &lines, &["admin"]);
    let own = explain_as(&shell, "admin", &question).expect(200).json();
    let of_guard = |answer: &Value| -> Value {
        let lines = answer["lines"].as_array().unwrap();
        lines.iter().find(|line| line["role"] == "guard").unwrap()["values"].clone()
    };
    let name = "subject.properties.trusted";
    assert_eq!(of_guard(&own), json!([{"name": name, "is_missing": true}]));
    let others = explain(&shell, &question);
    assert_eq!(of_guard(&others), json!([{"name": name, "value": true}]));
}
