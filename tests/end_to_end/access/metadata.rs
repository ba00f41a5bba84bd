//! `/.well-known/authzen-configuration`: the addresses for decisions.

use serde_json::{Value, json};
use tests::{Setup, Shell, searches};

const PATH: &str = "/.well-known/authzen-configuration";

fn at(public_url: &str) -> Shell {
    Setup::seeded().variable("public_url", public_url).start()
}

#[track_caller]
fn metadata(shell: &Shell, path: &str) -> Value {
    let answer = shell.get(path).send().expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.json()
}

#[test]
fn every_address_is_absolute_and_made_of_the_shells_own() {
    let shell = at("https://shell.example");
    let expected = json!({
        "policy_decision_point": "https://shell.example",
        "access_evaluation_endpoint": "https://shell.example/access/v1/evaluation",
        "access_evaluations_endpoint": "https://shell.example/access/v1/evaluations",
        "search_subject_endpoint": "https://shell.example/access/v1/search/subject",
        "search_resource_endpoint": "https://shell.example/access/v1/search/resource",
        "search_action_endpoint": "https://shell.example/access/v1/search/action",
    });
    assert_eq!(metadata(&shell, PATH), expected);
    let endpoints = expected.as_object().unwrap();
    let endpoint = |name: &str| &endpoints[name].as_str().unwrap()["https://shell.example".len()..];
    assert_eq!(endpoint("search_subject_endpoint"), searches::SUBJECTS);
    assert_eq!(endpoint("search_resource_endpoint"), searches::RESOURCES);
    assert_eq!(endpoint("search_action_endpoint"), searches::ACTIONS);
    for path in ["/shell", "/", "/a/b"] {
        let answer = shell.get(&[PATH, path].concat()).send();
        answer.expect_problem(404, "unknown-path");
    }
    let answer = shell.request("POST", PATH).json(&json!({})).send();
    answer.expect_problem(405, "method-not-allowed");
}

#[test]
fn the_path_of_the_shells_own_address_stands_behind_it() {
    let shell = at("https://example.com/tenants/one");
    for path in ["", "/tenants/one"] {
        let metadata = metadata(&shell, &[PATH, path].concat());
        let point = &metadata["policy_decision_point"];
        assert_eq!(point, "https://example.com/tenants/one");
        let endpoint = &metadata["search_action_endpoint"];
        assert_eq!(
            endpoint,
            "https://example.com/tenants/one/access/v1/search/action"
        );
    }
    for path in ["/tenants", "/tenants/two", "/tenants/one/more"] {
        let answer = shell.get(&[PATH, path].concat()).send();
        answer.expect_problem(404, "unknown-path");
    }
    let elsewhere = shell.get("/known/authzen-configuration").send();
    elsewhere.expect_problem(404, "unknown-path");
}

#[test]
fn no_store_is_needed_and_no_token() {
    let nowhere = "127.0.0.1:1";
    let shell = Setup::seeded()
        .variable("database_host", nowhere)
        .variable("redis_host", nowhere)
        .start();
    let point = &metadata(&shell, PATH)["policy_decision_point"];
    assert_eq!(point, "http://127.0.0.1:3000");
    let stranger = shell.get(PATH).header("authorization", "Bearer nothing");
    stranger.send().expect(200);
}
