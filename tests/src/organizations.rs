//! Organizations, as platform creates and reads them.

use serde_json::{Value, json};

use crate::{Answer, Shell};

/// An organization that the seed data does not have.
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

/// Creates or replaces an organization.
#[track_caller]
pub fn put(shell: &Shell, named: &str, organization: &Value) -> Answer {
    let path = format!("/v1/organizations/{named}");
    shell.platform("PUT", &path).json(organization).send()
}

/// The current content, in a form that can be sent again.
pub fn read(shell: &Shell, slug: &str) -> Value {
    let path = format!("/v1/organizations/{slug}");
    shell.platform("GET", &path).send().expect(200).json()
}
