//! Facts as the database receives them, for tests that deliver them in many orders.

use postgres::Client;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{TestDatabase, clock};

/// One event, as `shell.receive_event` receives it.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its sender's id for it.
    pub id: String,
    /// Its time in milliseconds since the epoch.
    pub time: u64,
    /// Its facts.
    pub facts: Vec<Value>,
}

impl Told {
    /// With these facts.
    pub fn new(id: &str, time: u64, facts: &[Value]) -> Self {
        let (id, facts) = (id.to_owned(), facts.to_vec());
        Self { id, time, facts }
    }
}

/// The result of receiving an event.
#[derive(Debug)]
pub struct Outcome {
    /// `applied`, `waiting`, `ignored` or `failed`.
    pub status: String,
    /// The reason why it failed or was ignored.
    pub reason: Option<String>,
    /// Whether it had been received before.
    pub is_repeated: bool,
    /// The change that Redis must learn of.
    pub change: Option<Value>,
    /// The other keys that Redis must invalidate.
    pub touched: Option<Value>,
    /// The warnings for the log.
    pub warnings: Option<Value>,
}

/// Makes the database receive an event, as the HTTP functions do.
#[track_caller]
pub fn receive(runtime: &mut Client, told: &Told) -> Outcome {
    let event = json!({"id": told.id, "type": "test", "time": told.time, "facts": told.facts});
    receive_event(runtime, &event)
}

/// The same, for an event that is already in the form of the function's parameters.
#[track_caller]
pub fn receive_event(runtime: &mut Client, event: &Value) -> Outcome {
    let statement =
        "SELECT status, reason, is_repeated, change::jsonb, touched::jsonb, warnings::jsonb
        FROM shell.receive_event('default', 'keycloak', $1, $2)";
    let row = runtime.query_one(statement, &[&Uuid::now_v7(), event]);
    let row = row.unwrap_or_else(|error| panic!("{event}: {error:?}"));
    Outcome {
        status: row.get(0),
        reason: row.get(1),
        is_repeated: row.get(2),
        change: row.get(3),
        touched: row.get(4),
        warnings: row.get(5),
    }
}

/// Receives facts whose event happened so many seconds ago.
#[track_caller]
pub fn tell(database: &TestDatabase, seconds: u64, facts: &[Value]) -> Outcome {
    let id = Uuid::now_v7().to_string();
    let told = Told::new(&id, ago(seconds * 1_000), facts);
    let outcome = receive(&mut database.as_runtime(), &told);
    assert_ne!(outcome.status, "failed", "{outcome:?}");
    outcome
}

/// The fact that a user was created, whose username is its identifier.
pub fn created(user: &str, attributes: Value) -> Value {
    json!({"kind": "user", "user": user, "creates": true, "username": user, "attributes": attributes})
}

/// The fact that a user joined an organization or left it.
pub fn member(organization: &str, user: &str, is_member: bool) -> Value {
    json!({"kind": "membership", "organization": organization, "user": user, "member": is_member})
}

/// The time so many milliseconds ago, in milliseconds since the epoch.
pub fn ago(milliseconds: u64) -> u64 {
    clock::milliseconds() - milliseconds
}
