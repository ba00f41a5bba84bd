//! Facts as the database receives them, for tests that tell them in many orders.

use postgres::Client;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{TestDatabase, clock};

/// One event, as `shell.receive_event` takes it.
#[derive(Clone, Debug)]
pub struct Told {
    /// What its sender calls it.
    pub id: String,
    /// In milliseconds since the epoch.
    pub time: u64,
    /// What it says.
    pub facts: Vec<Value>,
}

impl Told {
    /// With these facts.
    pub fn new(id: &str, time: u64, facts: &[Value]) -> Self {
        let (id, facts) = (id.to_owned(), facts.to_vec());
        Self { id, time, facts }
    }
}

/// What came of an event.
#[derive(Debug)]
pub struct Outcome {
    /// `applied`, `waiting`, `ignored` or `failed`.
    pub status: String,
    /// Why it failed or was ignored.
    pub reason: Option<String>,
    /// Whether it was received before.
    pub is_repeated: bool,
    /// The change that Redis is to be told of.
    pub change: Option<Value>,
    /// What else Redis is to be told of.
    pub touched: Option<Value>,
    /// What the log is to say.
    pub warnings: Option<Value>,
}

/// Lets the database receive an event, as the HTTP functions do.
#[track_caller]
pub fn receive(runtime: &mut Client, told: &Told) -> Outcome {
    let event = json!({"id": told.id, "type": "test", "time": told.time, "facts": told.facts});
    receive_event(runtime, &event)
}

/// The same, of an event as it is handed over.
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

/// Receives facts that were told so many seconds ago.
#[track_caller]
pub fn tell(database: &TestDatabase, seconds: u64, facts: &[Value]) -> Outcome {
    let id = Uuid::now_v7().to_string();
    let told = Told::new(&id, ago(seconds * 1_000), facts);
    let outcome = receive(&mut database.as_runtime(), &told);
    assert_ne!(outcome.status, "failed", "{outcome:?}");
    outcome
}

/// That a user was created, whose username is its identifier.
pub fn created(user: &str, attributes: Value) -> Value {
    json!({"kind": "user", "user": user, "creates": true, "username": user, "attributes": attributes})
}

/// That a user joined an organization or left it.
pub fn member(organization: &str, user: &str, is_member: bool) -> Value {
    json!({"kind": "membership", "organization": organization, "user": user, "member": is_member})
}

/// Milliseconds since the epoch, that long ago.
pub fn ago(milliseconds: u64) -> u64 {
    clock::milliseconds() - milliseconds
}
