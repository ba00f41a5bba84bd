//! Decisions, as satellites ask for them, and what they came by.

use serde_json::{Value, json};

use crate::{Answer, Shell, on_behalf::acting};

/// Where one decision is asked for.
pub const ONE: &str = "/access/v1/evaluation";

/// Where several are.
pub const SEVERAL: &str = "/access/v1/evaluations";

/// Where a decision is explained.
pub const EXPLAIN: &str = "/v1/access/explain";

/// May this user do this to the document `1`?
pub fn question(user: &str, action: &str) -> Value {
    json!({
        "subject": {"type": "user", "id": user}, "action": {"name": action},
        "resource": {"type": "document", "id": "1"},
    })
}

/// Asks as a satellite does, in acme.
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

/// Demands the decision of the [`question`] whether this user of acme may do this.
#[track_caller]
pub fn check(shell: &Shell, user: &str, action: &str, expected: bool) {
    let answer = ask(shell, ONE, &question(user, action)).expect(200);
    let decision = json!({"decision": expected});
    assert_eq!(answer.json(), decision, "{user} {action}");
}

/// Asks as an administrator of platform does, in acme, what a decision came by.
#[track_caller]
pub fn explain(shell: &Shell, question: &Value) -> Value {
    let request = acting(shell, "acme", "POST", EXPLAIN);
    request.json(question).send().expect(200).json()
}
