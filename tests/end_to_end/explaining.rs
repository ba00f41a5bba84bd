//! `/v1/access/explain`: what a decision came by, and who is shown what of it.

use serde_json::{Value, json};
use tests::{Answer, Shell};

use crate::evaluating::{ONE, question};

const EXPLAIN: &str = "/v1/access/explain";

/// Asks as an administrator of platform does, in acme.
fn explain(shell: &Shell, question: &Value) -> Value {
    let request = shell.platform("POST", EXPLAIN);
    let request = request.header("shell-organization", "acme");
    request.json(question).send().expect(200).json()
}

fn explain_as(shell: &Shell, user: &str, question: &Value) -> Answer {
    let request = shell.request("POST", EXPLAIN).by("acme", user);
    request.json(question).send()
}

fn about(user: &str, action: &str, document: &str) -> Value {
    let mut question = question(user, action);
    question["resource"]["id"] = json!(document);
    question
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
        "ended": [],
        "lines": [{
            "role": "viewer", "resource_type": "document", "resource_id": "*", "action": "read",
            "effect": "allow", "condition": null, "outcome": "counts", "decided": true, "values": [],
        }],
        "lines_left_out": 0,
    });
    assert_eq!(explain(&shell, &question("alice", "read")), expected);
    // An organization's own administrator is told the same.
    let own = explain_as(&shell, "admin", &question("alice", "read")).expect(200);
    assert_eq!(own.json(), expected);
}
