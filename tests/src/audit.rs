//! The audit trail: appending events, and reading them.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Answer, Shell, TestDatabase};

/// The path of audit events.
pub const PATH: &str = "/v1/audit-events";

/// An event with only the required fields.
pub fn event() -> Value {
    json!({"action": "file.read", "outcome": "success"})
}

/// The same with one more field.
pub fn with(field: &str, value: Value) -> Value {
    let mut event = event();
    event[field] = value;
    event
}

/// An event with an id from its sender.
pub fn identified(id: &str) -> Value {
    with("id", json!(id))
}

/// A new unique id or key.
pub fn new_id() -> String {
    Uuid::now_v7().to_string()
}

/// Appends an event as a user of acme.
#[track_caller]
pub fn append(shell: &Shell, body: &Value) -> Answer {
    let request = shell.request("POST", PATH).by("acme", "alice");
    request.json(body).send()
}

/// Appends an event with an idempotency key.
#[track_caller]
pub fn append_once(shell: &Shell, key: &str, body: &Value) -> Answer {
    let request = shell.request("POST", PATH).by("acme", "alice");
    request.header("idempotency-key", key).json(body).send()
}

/// An organization's trail as platform reads it.
#[track_caller]
pub fn read(shell: &Shell, organization: &str, rest: &str) -> Answer {
    let request = shell.platform("GET", &format!("{PATH}{rest}"));
    request.header("shell-organization", organization).send()
}

/// A page's events.
#[track_caller]
pub fn items(page: &Answer) -> Vec<Value> {
    assert_eq!(page.status, 200, "{}", page.body);
    page.json()["items"].as_array().expect("items").clone()
}

/// All pages of acme's trail, in order.
pub fn pages(shell: &Shell, query: &str) -> Vec<Answer> {
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

/// The ids of events, or of those in an answer to a call.
pub fn ids(events: &[Value]) -> Vec<String> {
    let id = |event: &Value| event["id"].as_str().expect("an id").to_owned();
    events.iter().map(id).collect()
}

/// The number of events with an action in all trails.
pub fn count(shell: &Shell, action: &str) -> i64 {
    let query = "SELECT count(*) FROM shell.audit_log WHERE action = $1::text";
    let mut superuser = shell.database().as_superuser();
    superuser.query_one(query, &[&action]).unwrap().get(0)
}

/// The trail's events whose action begins with `kind`, in all organizations: the organization and action, the
/// request and actor; the targets; and the metadata.
pub fn trail(shell: &Shell, kind: &str) -> Vec<(String, Value, Value)> {
    let query =
        "SELECT concat_ws(' ', o.slug, l.action, l.request_id, l.actor_id), to_jsonb(l.target_ids),
          l.metadata::jsonb
        FROM shell.audit_log l JOIN shell.organizations o ON o.id = l.organization_id
        WHERE starts_with(l.action, $1) ORDER BY l.created_at";
    let mut database = shell.database().as_superuser();
    let rows = database.query(query, &[&kind]).unwrap();
    rows.iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect()
}

/// The names of the attached partitions, in order.
pub fn partitions(database: &TestDatabase) -> Vec<String> {
    let query = "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'shell.audit_log'::regclass ORDER BY 1";
    let rows = database.as_superuser().query(query, &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}
