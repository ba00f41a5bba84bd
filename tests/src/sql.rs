//! What tests hand to PostgreSQL, beside the Shell.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::TestDatabase;

/// `p_caller` of alice in an organization.
pub fn caller(organization: Uuid) -> Value {
    json!({"organization": organization, "provider": "default", "subject": "alice", "request_id": "r1"})
}

/// Runs statements that no policy holds back.
pub fn execute(database: &TestDatabase, statement: &str) {
    database.as_superuser().batch_execute(statement).unwrap();
}
