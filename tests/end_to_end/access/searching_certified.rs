//! The search and discovery parts of AuthZEN's certification scenario, by its numbers; `evaluating_certified.rs` has
//! the other parts, the fixture, and the version of the scenario.

use serde_json::{Value, json};
use tests::{
    Setup, Shell,
    decisions::ask,
    searches::{ACTIONS, RESOURCES, SUBJECTS, names},
};

use super::evaluating_certified::{
    action, bob_as_admin, record, record_that_is, seed, start, subject, with,
};

fn of_type(kind: &str) -> Value {
    json!({"type": kind})
}

fn context() -> Value {
    json!({"time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1"})
}

fn who_reads() -> Value {
    json!({"subject": of_type("user"), "action": action("read"), "resource": record(1)})
}

fn what_alice_reads() -> Value {
    json!({"subject": subject("alice"), "action": action("read"), "resource": of_type("record")})
}

fn what_alice_may_do() -> Value {
    json!({"subject": subject("alice"), "resource": record(1)})
}

/// The results, all of the type that was searched for; they must include these.
#[track_caller]
fn found(shell: &Shell, path: &str, body: &Value, among_them: &[&str]) -> Vec<String> {
    let answer = ask(shell, path, body).expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let names = names(&answer, if path == ACTIONS { "name" } else { "id" });
    for name in among_them {
        assert!(names.contains(&(*name).to_owned()), "{body}: {names:?}");
    }
    let kind = match path {
        SUBJECTS => &body["subject"]["type"],
        RESOURCES => &body["resource"]["type"],
        _ => &Value::Null,
    };
    let document = answer.json();
    let mut results = document["results"].as_array().unwrap().iter();
    assert!(results.all(|result| result["type"] == *kind));
    assert_eq!(document["page"]["next_token"], "");
    names
}

#[test]
fn section_7_2_subject_search() {
    let shell = start();
    let both = found(&shell, SUBJECTS, &who_reads(), &["alice", "bob"]);
    for same in [
        with(who_reads(), "context", context()),
        with(who_reads(), "subject", subject("alice")),
        with(who_reads(), "futureField", json!({"nested": true})),
    ] {
        assert_eq!(found(&shell, SUBJECTS, &same, &[]), both, "{same}");
    }
}

#[test]
fn section_7_2_subject_search_with_properties() {
    let shell = start();
    let who_writes = json!({
        "subject": of_type("user"), "action": action("write"),
        "resource": record_that_is(2, "archived"),
    });
    let found = found(&shell, SUBJECTS, &who_writes, &["bob"]);
    assert!(!found.contains(&"alice".to_owned()), "{found:?}");
}

#[test]
fn section_7_3_resource_search() {
    let shell = start();
    let both = found(&shell, RESOURCES, &what_alice_reads(), &["record-1"]);
    assert_eq!(both, ["record-1", "record-2"]);
    for same in [
        with(what_alice_reads(), "context", context()),
        with(what_alice_reads(), "resource", record(1)),
        with(what_alice_reads(), "futureField", json!({"nested": true})),
    ] {
        assert_eq!(found(&shell, RESOURCES, &same, &[]), both, "{same}");
    }
}

#[test]
fn section_7_3_resource_search_with_properties() {
    let shell = start();
    let what_bob_writes = json!({
        "subject": bob_as_admin(), "action": action("write"), "resource": of_type("record"),
    });
    let found = found(&shell, RESOURCES, &what_bob_writes, &["record-2"]);
    assert_eq!(found, ["record-2"]);
}

#[test]
fn section_7_4_action_search() {
    let shell = start();
    let both = found(&shell, ACTIONS, &what_alice_may_do(), &["read", "write"]);
    for same in [
        with(what_alice_may_do(), "context", context()),
        with(what_alice_may_do(), "action", action("delete")),
    ] {
        assert_eq!(found(&shell, ACTIONS, &same, &[]), both, "{same}");
    }
}

#[test]
fn section_7_4_action_search_with_properties() {
    let shell = start();
    let what_bob_may_do =
        json!({"subject": bob_as_admin(), "resource": record_that_is(2, "archived")});
    found(&shell, ACTIONS, &what_bob_may_do, &["write"]);
}

#[test]
fn section_7_5_pagination() {
    let shell = start();
    for (path, body) in [
        (SUBJECTS, who_reads()),
        (RESOURCES, what_alice_reads()),
        (ACTIONS, what_alice_may_do()),
    ] {
        let member = if path == ACTIONS { "name" } else { "id" };
        let all = found(&shell, path, &body, &[]);
        let mut page = json!({"limit": 1});
        let mut walked = Vec::new();
        loop {
            let body = with(body.clone(), "page", page);
            let answer = ask(&shell, path, &body);
            // The suite repeats the request, and limits every page, with an unknown member beside the limit.
            let mut again = body.clone();
            again["page"]["limit"] = json!(1);
            again["page"]["customAttr"] = json!("ignored");
            assert_eq!(ask(&shell, path, &again).body, answer.body, "{again}");
            let names = names(&answer, member);
            assert!(names.len() <= 1);
            walked.extend(names);
            let document = answer.json();
            let token = document["page"]["next_token"].as_str().unwrap();
            if token.is_empty() {
                break;
            }
            // The limit is left out, as in the scenario.
            page = json!({"token": token});
        }
        assert_eq!(walked, all, "{path}");
    }
}

#[test]
fn section_7_6_empty_results() {
    let shell = start();
    let nobody = subject("nonexistent-user");
    let spaceship = json!({"type": "spaceship", "id": "nonexistent"});
    for (path, body) in [
        (
            ACTIONS,
            with(what_alice_may_do(), "subject", nobody.clone()),
        ),
        (
            ACTIONS,
            with(what_alice_may_do(), "subject", spaceship.clone()),
        ),
        (
            ACTIONS,
            with(what_alice_may_do(), "resource", spaceship.clone()),
        ),
        (RESOURCES, with(what_alice_reads(), "subject", nobody)),
        (
            RESOURCES,
            with(what_alice_reads(), "subject", spaceship.clone()),
        ),
        (
            RESOURCES,
            with(what_alice_reads(), "resource", of_type("spaceship")),
        ),
        (SUBJECTS, with(who_reads(), "subject", of_type("spaceship"))),
    ] {
        let found = found(&shell, path, &body, &[]);
        assert_eq!(found, [] as [&str; 0], "{path} {body}");
    }
    // A subject that may do anything may do it to any resource.
    for anything in [
        with(who_reads(), "resource", spaceship),
        with(who_reads(), "action", action("unknown")),
    ] {
        assert_eq!(found(&shell, SUBJECTS, &anything, &[]), ["admin"]);
    }
}

#[test]
fn section_7_7_errors() {
    let shell = start();
    let without = |mut body: Value, name: &str, field: Option<&str>| {
        let parent = match field {
            Some(_) => body[name].as_object_mut().unwrap(),
            None => body.as_object_mut().unwrap(),
        };
        parent.remove(field.unwrap_or(name));
        body
    };
    let both_open = json!({"subject": of_type("user"), "action": action("read"), "resource": of_type("record")});
    for (path, body, pointer) in [
        (SUBJECTS, without(who_reads(), "action", None), "/action"),
        (
            RESOURCES,
            without(what_alice_reads(), "subject", None),
            "/subject",
        ),
        (
            ACTIONS,
            without(what_alice_may_do(), "resource", None),
            "/resource",
        ),
        (SUBJECTS, both_open.clone(), "/resource/id"),
        (RESOURCES, both_open, "/subject/id"),
        (
            ACTIONS,
            without(what_alice_may_do(), "subject", Some("id")),
            "/subject/id",
        ),
        (
            SUBJECTS,
            without(who_reads(), "subject", Some("type")),
            "/subject/type",
        ),
    ] {
        let answer = ask(&shell, path, &body).expect_problem(400, "invalid-search");
        assert_eq!(answer.pointers(), [pointer], "{path} {body}");
    }
}

#[test]
fn section_8_transport() {
    let shell = start();
    let id = "bfe9eb29-ab87-4ca3-be83-a1d5d8305716";
    for (body, status) in [(who_reads(), 200), (json!({}), 400)] {
        let request = shell.platform("POST", SUBJECTS);
        let request = request.header("shell-organization", "acme");
        let answer = request.header("x-request-id", id).json(&body).send();
        assert_eq!(answer.expect(status).header("x-request-id"), Some(id));
    }
    let request = shell.platform("POST", SUBJECTS);
    let request = request.header("shell-organization", "acme");
    let answer = request.body("text/plain", who_reads().to_string()).send();
    answer.expect_problem(400, "not-sent-as-json");
}

#[test]
fn section_9_discovery() {
    let setup = Setup::seeded().variable("public_url", "https://pdp.example.com");
    let shell = seed(setup).start();
    let answer = shell.get("/.well-known/authzen-configuration").send();
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let metadata = answer.expect(200).json();
    assert_eq!(metadata["policy_decision_point"], "https://pdp.example.com");
    for (name, body, expected) in [
        ("access_evaluation_endpoint", what_alice_reads(), 400),
        ("access_evaluations_endpoint", what_alice_reads(), 400),
        ("search_subject_endpoint", who_reads(), 200),
        ("search_resource_endpoint", what_alice_reads(), 200),
        ("search_action_endpoint", what_alice_may_do(), 200),
    ] {
        let endpoint = metadata[name].as_str().unwrap();
        let path = endpoint.strip_prefix("https://pdp.example.com").unwrap();
        ask(&shell, path, &body).expect(expected);
    }
}
