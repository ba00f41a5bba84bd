//! What the tests of the audit trail have in common.

mod actors;
mod appending;
mod crash;
mod failover;
mod faults;
mod following;
mod forward;
mod forwarder;
mod immutable;
mod once;
mod own_events;
mod pages;
pub(crate) mod partitions;
mod plans;
mod reading;
mod restored;
mod strict;
mod tenants;

use serde_json::{Value, json};
use tests::{Answer, Shell};

pub(crate) const PATH: &str = "/v1/audit-events";

/// The least that an event says.
pub(crate) fn event() -> Value {
    json!({"action": "file.read", "outcome": "success"})
}

/// The same, with a field more.
pub(crate) fn with(field: &str, value: Value) -> Value {
    let mut event = event();
    event[field] = value;
    event
}

/// An event with an id of its sender's.
pub(crate) fn identified(id: &str) -> Value {
    with("id", json!(id))
}

pub(crate) fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Appends as a user of acme.
#[track_caller]
pub(crate) fn append(shell: &Shell, body: &Value) -> Answer {
    let request = shell.request("POST", PATH).by("acme", "alice");
    request.json(body).send()
}

/// Appends with a key.
#[track_caller]
pub(crate) fn append_once(shell: &Shell, key: &str, body: &Value) -> Answer {
    let request = shell.request("POST", PATH).by("acme", "alice");
    request.header("idempotency-key", key).json(body).send()
}

/// What platform reads of an organization's trail.
#[track_caller]
pub(crate) fn read(shell: &Shell, organization: &str, rest: &str) -> Answer {
    let request = shell.platform("GET", &format!("{PATH}{rest}"));
    request.header("shell-organization", organization).send()
}

/// A page's events.
#[track_caller]
pub(crate) fn items(page: &Answer) -> Vec<Value> {
    assert_eq!(page.status, 200, "{}", page.body);
    page.json()["items"].as_array().expect("items").clone()
}

/// The pages of a walk over acme's trail, the first one to the last.
pub(crate) fn pages(shell: &Shell, query: &str) -> Vec<Answer> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = read(shell, "acme", &format!("?{query}{cursor}")).expect(200);
        let next = page.json()["next_cursor"].as_str().map(str::to_owned);
        pages.push(page);
        match next {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
    }
}

/// The ids of events, or of what a call was answered.
pub(crate) fn ids(events: &[Value]) -> Vec<String> {
    let id = |event: &Value| event["id"].as_str().expect("an id").to_owned();
    events.iter().map(id).collect()
}

/// How many events of an action all trails hold.
pub(crate) fn count(shell: &Shell, action: &str) -> i64 {
    let query = "SELECT count(*) FROM shell.audit_log WHERE action = $1::text";
    let mut superuser = shell.database().as_superuser();
    superuser.query_one(query, &[&action]).unwrap().get(0)
}
