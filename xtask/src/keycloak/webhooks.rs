//! The webhook with which a realm sends its events to the Shell, through Keycloak's extension `keycloak-events`.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{Access, Admin};

/// Where a Shell receives events of its identity provider `default`.
const PATH: &str = "/v1/webhooks/keycloak";

/// The name of the extension among a realm's event listeners.
const LISTENER: &str = "ext-event-webhook";

/// The event types that Keycloak sends: those that `functions/identity-sync` reads, as `docs/keycloak.md` lists them.
/// Most events of a realm are about tokens that are issued and refreshed; these say nothing about users.
pub const EVENT_TYPES: [&str; 41] = [
    // What administrators do. A change of a link to a provider is sent as a user that is created or deleted.
    "admin.USER-CREATE",
    "admin.USER-UPDATE",
    "admin.USER-DELETE",
    // What is done to a user: sessions are ended, a password is reset.
    "admin.USER-ACTION",
    "admin.USER_SESSION-DELETE",
    // All sessions are ended, or those that began before a certain time become invalid.
    "admin.REALM-ACTION",
    "admin.REALM-UPDATE",
    // The client id that tokens have, and that a client is disabled or deleted.
    "admin.CLIENT-CREATE",
    "admin.CLIENT-UPDATE",
    "admin.CLIENT-DELETE",
    "admin.GROUP-CREATE",
    "admin.GROUP-UPDATE",
    "admin.GROUP-DELETE",
    "admin.GROUP_MEMBERSHIP-CREATE",
    "admin.GROUP_MEMBERSHIP-DELETE",
    "admin.ORGANIZATION-CREATE",
    "admin.ORGANIZATION-UPDATE",
    "admin.ORGANIZATION-DELETE",
    "admin.ORGANIZATION_MEMBERSHIP-CREATE",
    "admin.ORGANIZATION_MEMBERSHIP-DELETE",
    "admin.ORGANIZATION_GROUP-CREATE",
    "admin.ORGANIZATION_GROUP-UPDATE",
    "admin.ORGANIZATION_GROUP-DELETE",
    "admin.ORGANIZATION_GROUP_MEMBERSHIP-CREATE",
    "admin.ORGANIZATION_GROUP_MEMBERSHIP-DELETE",
    // What people and clients do themselves.
    "access.REGISTER",
    "access.LOGIN",
    "access.CLIENT_LOGIN",
    "access.LOGOUT",
    "access.REVOKE_GRANT",
    "access.UPDATE_CREDENTIAL",
    "access.UPDATE_PROFILE",
    "access.UPDATE_EMAIL",
    "access.DELETE_ACCOUNT",
    "access.FEDERATED_IDENTITY_LINK",
    "access.FEDERATED_IDENTITY_OVERRIDE_LINK",
    "access.REMOVE_FEDERATED_IDENTITY",
    // An invitation to an organization is accepted.
    "access.INVITE_ORG",
    // A client that registered itself is deleted.
    "access.CLIENT_DELETE",
    // What Keycloak does on its own.
    "access.USER_SESSION_DELETED",
    "access.USER_DISABLED_BY_PERMANENT_LOCKOUT",
];

/// Makes the realm pass its events to the extension, administrators' events with the changed representation.
pub fn enable(access: &Access) -> Result<()> {
    let admin = Admin::sign_in(access)?;
    let path = "/events/config";
    let before = admin.get(path)?.context("the realm does not exist")?;
    let mut config = before.clone();
    let members = config.as_object_mut();
    let members = members.context("the realm's event settings are not a JSON object")?;
    for name in ["adminEventsEnabled", "adminEventsDetailsEnabled"] {
        members.insert(name.to_owned(), json!(true));
    }
    let listeners = members.entry("eventsListeners").or_insert(json!([]));
    if let Some(listeners) = listeners.as_array_mut()
        && !listeners.contains(&json!(LISTENER))
    {
        listeners.push(json!(LISTENER));
    }
    if config != before {
        admin.change("PUT", path, Some(&config))?;
    }
    Ok(())
}

/// Makes the realm send its events to a Shell. If the webhook of an earlier start exists, when the Shell may have had
/// another address, it is changed.
pub fn register(access: &Access, shell: &str, secret: &str) -> Result<()> {
    let admin = Admin::sign_in(access)?;
    let known = admin.webhooks()?;
    let mut known = known.as_array().into_iter().flatten();
    let earlier = known.find(|webhook| text(webhook, "url").is_some_and(|url| url.ends_with(PATH)));
    let webhook = webhook(shell, secret);
    match earlier.and_then(|webhook| text(webhook, "id")) {
        Some(id) => admin.demand(
            "PUT",
            &format!("{}/{id}", admin.webhooks_url()),
            Some(&webhook),
        )?,
        None => admin.demand("POST", &admin.webhooks_url(), Some(&webhook))?,
    };
    Ok(())
}

/// Adds a webhook, for one Shell of several; returns its id in Keycloak.
pub fn add(access: &Access, shell: &str, secret: &str) -> Result<String> {
    let admin = Admin::sign_in(access)?;
    admin.create_at(&admin.webhooks_url(), &webhook(shell, secret))
}

/// Removes what [`add`] added.
pub fn remove(access: &Access, id: &str) -> Result<()> {
    let admin = Admin::sign_in(access)?;
    admin.demand("DELETE", &format!("{}/{id}", admin.webhooks_url()), None)?;
    Ok(())
}

fn webhook(shell: &str, secret: &str) -> Value {
    json!({
        "enabled": true,
        "url": format!("{shell}{PATH}"),
        "secret": secret,
        "algorithm": "HmacSHA256",
        "eventTypes": EVENT_TYPES.as_slice(),
    })
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}
