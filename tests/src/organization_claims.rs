//! Tokens in the form of providers that have no claim `organization_id`.

use serde_json::{Value, json};

use crate::Shell;

/// A token without `organization_id`, with other claims beside the usual ones.
pub fn token(shell: &Shell, subject: &str, with: &Value) -> String {
    let mut claims = serde_json::to_value(shell.claims("acme", subject)).unwrap();
    let members = claims.as_object_mut().unwrap();
    members.remove("organization_id");
    members.extend(with.as_object().unwrap().clone());
    shell.sign(&claims)
}

/// The same with the claim `organization` alone.
pub fn naming(shell: &Shell, subject: &str, organization: &Value) -> String {
    token(shell, subject, &json!({ "organization": organization }))
}
