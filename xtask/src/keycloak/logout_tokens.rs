//! Where a realm's clients have the sessions' ends told: OpenID Connect Back-Channel Logout 1.0.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{Access, Admin, BROWSER_CLIENT, PASSWORD_CLIENT};
use crate::connection::StoreUrl;

/// Where a Shell takes logout tokens of its identity provider `default`.
const PATH: &str = "/v1/webhooks/backchannel-logout";

/// The clients that people sign in by, each of which is the audience of its own logout tokens.
pub const AUDIENCES: [&str; 2] = [BROWSER_CLIENT, PASSWORD_CLIENT];

/// Has the clients' logout tokens sent to a Shell; an earlier address is replaced.
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
            // Without it a logout token names its user alone, and all that the user has ends.
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

/// That these clients' logout tokens count, as a row of `identity_providers.csv` that changes nothing else; none where an
/// administrator, or an earlier start, has said already whose do.
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
