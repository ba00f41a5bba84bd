//! `/access/v1`: invalid requests, and when evaluation stops.

use serde_json::{Value, json};
use tests::{
    Answer, Shell,
    decisions::{ONE, SEVERAL, ask, question},
};

const PATHS: [&str; 2] = [ONE, SEVERAL];

fn send(shell: &Shell, path: &str, kind: &str, body: impl Into<Vec<u8>>) -> Answer {
    let request = shell.platform("POST", path);
    let request = request.header("shell-organization", "acme");
    request.body(kind, body).send()
}

#[test]
fn what_readers_may_differ_about_is_refused_wherever_it_stands() {
    let shell = Shell::start();
    let rest = r#""subject":{"type":"user","id":"alice"},"action":{"name":"read"},
        "resource":{"type":"document","id":"1"}"#;
    let json = "application/json";
    send(&shell, ONE, json, format!("{{{rest}}}")).expect(200);
    for unclear in [
        r#""subject":{"type":"user","id":"bob"}"#,
        r#""more":{"a":1,"\u0061":2}"#,
        r#""more":"\ud800""#,
        r#""\udc00":1"#,
        r#""context":{"n":1e400}"#,
        r#""context":{"n":[{"n":-1e309}]}"#,
        r#""evaluations":[{"resource":{"type":"document","id":"1","id":"2"}}]"#,
        &format!(r#""more":{}{}"#, "[".repeat(200_000), "]".repeat(200_000)),
    ] {
        for path in PATHS {
            let answer = send(&shell, path, json, format!("{{{rest},{unclear}}}"));
            answer.expect_problem(400, "unclear-json");
        }
    }
    for no_json in [
        &b"{"[..],
        b"{}{}",
        b"\xff",
        b"{\"a\":\"\xff\"}",
        b"\xef\xbb\xbf{}",
    ] {
        send(&shell, ONE, json, no_json).expect_problem(400, "invalid-json");
    }
    for other in ["[]", "null", "1"] {
        let answer = send(&shell, ONE, json, other);
        assert_eq!(
            answer.expect_problem(400, "invalid-evaluation").pointers(),
            [""]
        );
    }
}

#[test]
fn it_is_sent_as_json() {
    let shell = Shell::start();
    let body = question("alice", "read").to_string();
    for kind in ["application/json; charset=utf-8", "Application/JSON"] {
        send(&shell, ONE, kind, body.clone()).expect(200);
    }
    for kind in [
        "application/x-www-form-urlencoded",
        "application/jwt",
        "json",
    ] {
        for path in PATHS {
            let answer = send(&shell, path, kind, body.clone());
            answer.expect_problem(400, "not-sent-as-json");
        }
    }
    let unnamed = shell.platform("POST", ONE).send();
    unnamed.expect_problem(400, "not-sent-as-json");
    let large = "x".repeat(1024 * 1024 + 1);
    send(&shell, ONE, "application/json", large).expect_problem(413, "too-large");
}

#[test]
fn every_fault_is_told() {
    let shell = Shell::start();
    let body = json!({
        "subject": {"id": "a\u{0}b", "properties": null}, "action": {"name": ""}, "resource": [],
        "context": "now", "evaluations": {}, "options": {"evaluations_semantic": "execute_none"},
    });
    let several = [
        "/subject/type",
        "/subject/id",
        "/subject/properties",
        "/action/name",
        "/resource",
        "/context",
        "/options/evaluations_semantic",
        "/evaluations",
    ];
    for (path, expected) in [(SEVERAL, &several[..]), (ONE, several.get(..6).unwrap())] {
        let answer = ask(&shell, path, &body).expect_problem(400, "invalid-evaluation");
        let mut pointers = answer.pointers();
        let mut expected = expected.to_vec();
        pointers.sort_unstable();
        expected.sort_unstable();
        assert_eq!(pointers, expected);
    }
}

#[test]
fn texts_and_properties_have_an_end() {
    let shell = Shell::start();
    let check = |field: &str, value: Value, status: u16| {
        let mut body = question("alice", "read");
        let (entity, name) = field.split_once('/').unwrap_or((field, ""));
        if name.is_empty() {
            body[entity] = value;
        } else {
            body[entity][name] = value;
        }
        ask(&shell, ONE, &body).expect(status);
    };
    for field in [
        "subject/type",
        "subject/id",
        "action/name",
        "resource/type",
        "resource/id",
    ] {
        check(field, json!("é".repeat(255)), 200);
        check(field, json!("é".repeat(256)), 400);
        check(field, json!("\u{85}"), 400);
    }
    for field in [
        "subject/properties",
        "action/properties",
        "resource/properties",
        "context",
    ] {
        check(field, json!({"k": "x".repeat(60_000)}), 200);
        check(field, json!({"k": "x".repeat(66_000)}), 400);
        check(field, json!({"k": vec![1; 1_000]}), 200);
        check(field, json!({"k": vec![1; 1_001]}), 400);
        check(field, json!([]), 400);
    }
    let mut body = question("alice", "read");
    body["subject"]["properties"] = json!({"k": "x".repeat(40_000)});
    body["context"] = body["subject"]["properties"].clone();
    ask(&shell, ONE, &body).expect(400);
    // In a batch, only the item is invalid.
    let items = json!([{}, {"context": {}}]);
    body["evaluations"] = items;
    let answer = ask(&shell, SEVERAL, &body).expect(200).json();
    let decisions = [&answer["evaluations"][0], &answer["evaluations"][1]];
    assert_eq!(
        decisions.map(|item| item["decision"].as_bool()),
        [Some(false), Some(true)]
    );
    assert_eq!(decisions[0]["context"]["error"]["status"], 400);
}

#[test]
fn evaluation_ends_where_the_semantic_says() {
    let shell = Shell::start();
    // Bob may read, but not write.
    let several = |semantic: &str, actions: &[&str]| -> Vec<bool> {
        let item = |action: &&str| match *action {
            "" => json!({"action": {}}),
            action => json!({"action": {"name": action}}),
        };
        let mut body = question("bob", "read");
        body["evaluations"] = actions.iter().map(item).collect();
        body["options"] = json!({"evaluations_semantic": semantic, "else": 1});
        let document = ask(&shell, SEVERAL, &body).expect(200).json();
        let items = document["evaluations"].as_array().unwrap().iter();
        items
            .map(|item| item["decision"].as_bool().unwrap())
            .collect()
    };
    let mixed = ["read", "write", "", "read"];
    assert_eq!(several("execute_all", &mixed), [true, false, false, true]);
    assert_eq!(several("deny_on_first_deny", &mixed), [true, false]);
    assert_eq!(several("deny_on_first_deny", &["", "read"]), [false]);
    assert_eq!(several("permit_on_first_permit", &mixed), [true]);
    assert_eq!(
        several("permit_on_first_permit", &["write", "", "read", "read"]),
        [false, false, true]
    );
    assert_eq!(
        several("permit_on_first_permit", &["write", "write"]),
        [false, false]
    );
}

#[test]
fn an_item_that_is_no_object_is_answered_in_its_place() {
    let shell = Shell::start();
    let mut body = question("bob", "read");
    body["evaluations"] = json!([1, {}, null, {"resource": null}]);
    let answer = ask(&shell, SEVERAL, &body).expect(200).json();
    let items = answer["evaluations"].as_array().unwrap();
    let decisions: Vec<_> = items.iter().map(|item| item["decision"] == true).collect();
    assert_eq!(decisions, [false, true, false, false]);
    let message = &items[3]["context"]["error"]["message"];
    assert_eq!(message, "/resource: expected an object");
}

#[test]
fn who_may_not_come_in_is_told_only_that() {
    let shell = Shell::start();
    for path in PATHS {
        let nobody = shell.request("POST", path).body("text/plain", "{");
        nobody.send().expect_problem(401, "unauthenticated");
        let foreign = shell.request("POST", path).by("acme", "alice");
        let foreign = foreign.header("shell-organization", "globex");
        foreign
            .body("text/plain", "{")
            .send()
            .expect_problem(403, "forbidden");
        let read = shell.get(path).by("acme", "alice").send();
        read.expect_problem(405, "method-not-allowed");
    }
    let unknown = shell.request("POST", "/access/v1/else").by("acme", "alice");
    unknown
        .json(&json!({}))
        .send()
        .expect_problem(404, "unknown-path");
}
