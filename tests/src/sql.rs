//! Statements that tests run in PostgreSQL directly.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::TestDatabase;

/// The parameter `p_caller` for alice in an organization.
pub fn caller(organization: Uuid) -> Value {
    json!({"organization": organization, "provider": "default", "subject": "alice", "request_id": "r1"})
}

/// Runs statements that row-level security does not apply to.
pub fn execute(database: &TestDatabase, statement: &str) {
    database.as_superuser().batch_execute(statement).unwrap();
}
