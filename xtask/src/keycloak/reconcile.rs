//! The client with which a Shell reads a realm, to repair what no event reported.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{Access, Admin};

/// The client's id.
pub const CLIENT: &str = "shell-reconcile";

/// Its roles, a part of those of an administrator: it reads users with their groups and links, organizations with
/// their members, and the time before which the realm's tokens are invalid.
pub const ROLES: [&str; 3] = ["view-users", "view-organizations", "view-realm"];

/// The client that these roles belong to.
const MANAGEMENT: &str = "realm-management";

/// Lets a Shell that has this secret read the realm. An existing client of an earlier start gets the secret, and
/// the roles that it lacks.
pub fn allow(access: &Access, secret: &str) -> Result<()> {
    let admin = Admin::sign_in(access)?;
    ensure_client(&admin, secret)?;
    grant(&admin, &ROLES)
}

/// Grants roles to the client; those that it already has stay.
fn grant(admin: &Admin, roles: &[&str]) -> Result<()> {
    let client = id(&find(admin, CLIENT)?.context("the client does not exist")?)?;
    let account = admin.get(&format!("/clients/{client}/service-account-user"))?;
    let account = id(&account.context("the client has no service account")?)?;
    let management = find(admin, MANAGEMENT)?;
    let management = id(&management.with_context(|| format!("there is no {MANAGEMENT}"))?)?;
    let role = |name: &&str| {
        let role = admin.get(&format!("/clients/{management}/roles/{name}"))?;
        role.with_context(|| format!("{MANAGEMENT} has no role {name}"))
    };
    let roles: Vec<_> = roles.iter().map(role).collect::<Result<_>>()?;
    let path = format!("/users/{account}/role-mappings/clients/{management}");
    admin.change("POST", &path, Some(&json!(roles)))?;
    Ok(())
}

/// Creates the client without any role, or sets the secret of an existing one.
pub fn ensure_client(admin: &Admin, secret: &str) -> Result<()> {
    let Some(known) = find(admin, CLIENT)? else {
        let client = json!({
            "clientId": CLIENT,
            "description": "the Shell, as who reads what no event told it",
            "secret": secret,
            "standardFlowEnabled": false,
            "serviceAccountsEnabled": true,
        });
        admin.create("/clients", &client)?;
        return Ok(());
    };
    let mut changed = known.clone();
    let members = changed.as_object_mut();
    let members = members.context("the client is not a JSON object")?;
    members.insert("secret".to_owned(), json!(secret));
    if changed != known {
        admin.change("PUT", &format!("/clients/{}", id(&known)?), Some(&changed))?;
    }
    Ok(())
}

fn find(admin: &Admin, client: &str) -> Result<Option<Value>> {
    let found = admin.get(&format!("/clients?clientId={client}"))?;
    Ok(found.and_then(|found| found.get(0).cloned()))
}

fn id(value: &Value) -> Result<String> {
    let id = value.get("id").and_then(Value::as_str);
    Ok(id.context("Keycloak names no id")?.to_owned())
}
