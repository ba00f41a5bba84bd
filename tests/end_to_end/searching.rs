//! `/access/v1/search`: what is found by the roles of the seed data, and who may search.

use serde_json::{Value, json};
use tests::{Answer, Shell};

use crate::evaluating::ask;

pub const SUBJECTS: &str = "/access/v1/search/subject";
pub const RESOURCES: &str = "/access/v1/search/resource";
pub const ACTIONS: &str = "/access/v1/search/action";

/// The names of what a page holds, by the member that names them.
#[track_caller]
pub fn names(answer: &Answer, member: &str) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let document = answer.json();
    let results = document["results"].as_array().expect("results");
    assert_eq!(document["page"]["count"], results.len());
    let name = |result: &Value| result[member].as_str().expect("a name").to_owned();
    results.iter().map(name).collect()
}

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
