//! Decisions as satellites request them, and their explanations.

use serde_json::{Value, json};

use crate::{Answer, Shell, on_behalf::acting};

/// The path for one decision.
pub const ONE: &str = "/access/v1/evaluation";

/// The path for several decisions.
pub const SEVERAL: &str = "/access/v1/evaluations";

/// The path for an explanation.
pub const EXPLAIN: &str = "/v1/access/explain";

/// Whether this user may do this to the document `1`.
pub fn question(user: &str, action: &str) -> Value {
    json!({
        "subject": {"type": "user", "id": user}, "action": {"name": action},
        "resource": {"type": "document", "id": "1"},
    })
}

/// Requests a decision as a satellite, in acme.
#[track_caller]
pub fn ask(shell: &Shell, path: &str, body: &Value) -> Answer {
    ask_in(shell, "acme", path, body)
}

/// The same in any organization.
#[track_caller]
pub fn ask_in(shell: &Shell, organization: &str, path: &str, body: &Value) -> Answer {
    let request = shell.request("POST", path).by("platform", "svc-drive");
    let request = request.header("shell-organization", organization);
    request.json(body).send()
}

/// Asserts the decision of the [`question`] whether this user of acme may do this.
#[track_caller]
pub fn check(shell: &Shell, user: &str, action: &str, expected: bool) {
    let answer = ask(shell, ONE, &question(user, action)).expect(200);
    let decision = json!({"decision": expected});
    assert_eq!(answer.json(), decision, "{user} {action}");
}

/// Requests an explanation as an administrator of platform, in acme.
#[track_caller]
pub fn explain(shell: &Shell, question: &Value) -> Value {
    let request = acting(shell, "acme", "POST", EXPLAIN);
    request.json(question).send().expect(200).json()
}
