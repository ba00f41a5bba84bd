//! Organizations, as platform puts and reads them.

use serde_json::{Value, json};

use crate::{Answer, Shell};

/// One that the seed data does not have.
pub fn initech() -> Value {
    json!({
        "name": "Initech",
        "plan": "pro",
        "billing": {"email": "bills@initech.example", "reference": "PO 42"},
        "domains": ["initech.test", "initech.example"],
        "status": "active",
        "identity_provider": "default",
    })
}

/// Adds or replaces one.
#[track_caller]
pub fn put(shell: &Shell, named: &str, organization: &Value) -> Answer {
    let path = format!("/v1/organizations/{named}");
    shell.platform("PUT", &path).json(organization).send()
}

/// What stands, as it can be put again.
pub fn read(shell: &Shell, slug: &str) -> Value {
    let path = format!("/v1/organizations/{slug}");
    shell.platform("GET", &path).send().expect(200).json()
}
