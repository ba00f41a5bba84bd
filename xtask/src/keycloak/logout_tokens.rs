//! Makes a realm's clients send a logout token when a session ends: OpenID Connect Back-Channel Logout 1.0.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{Access, Admin, BROWSER_CLIENT, PASSWORD_CLIENT};
use crate::connection::StoreUrl;

/// Where a Shell receives logout tokens of its identity provider `default`.
const PATH: &str = "/v1/webhooks/backchannel-logout";

/// The clients with which people sign in; each is the audience of its own logout tokens.
pub const AUDIENCES: [&str; 2] = [BROWSER_CLIENT, PASSWORD_CLIENT];

/// Makes the clients send logout tokens to a Shell; an earlier address is replaced.
pub fn register(access: &Access, shell: &str) -> Result<()> {
    let admin = Admin::sign_in(access)?;
    for client_id in AUDIENCES {
        let found = admin.get(&format!("/clients?clientId={client_id}"))?;
        let client = found.as_ref().and_then(|found| found.get(0));
        let client = client.with_context(|| format!("there is no client `{client_id}`"))?;
        let id = client.get("id").and_then(Value::as_str);
        let path = format!("/clients/{}", id.context("the client has no id")?);
        let mut changed = client.clone();
        let attributes = changed.get_mut("attributes").and_then(Value::as_object_mut);
        let attributes = attributes.context("the client has no attributes")?;
        for (name, value) in [
            ("backchannel.logout.url", format!("{shell}{PATH}")),
            // Without it, a logout token names only its user, and then all sessions of the user are revoked.
            ("backchannel.logout.session.required", "true".to_owned()),
        ] {
            attributes.insert(name.to_owned(), json!(value));
        }
        if &changed != client {
            admin.change("PUT", &path, Some(&changed))?;
        }
    }
    Ok(())
}

/// A row of `identity_providers.csv` that sets these clients as the valid audiences of logout tokens and changes
/// nothing else; `None` if an administrator or an earlier start has already set some.
pub fn providers_csv(database: &StoreUrl) -> Result<Option<String>> {
    let mut client = database.connect()?;
    let found = client.query_one(
        "SELECT logout_audiences = '{}' FROM shell.identity_providers WHERE slug = 'default'",
        &[],
    );
    let nobodys: bool = found.context("cannot look the provider up")?.try_get(0)?;
    let header = "slug,issuer,audience,jwks_url,logout_audiences";
    Ok(nobodys.then(|| format!("{header}\ndefault,,,,{}\n", AUDIENCES.join(";"))))
}
