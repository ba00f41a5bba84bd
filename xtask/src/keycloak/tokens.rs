//! Tokens of the realm: for a person by password, for a service account by its client's secret.

use anyhow::{Context as _, Result, bail};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use ureq::Agent;

use super::{Access, Admin, PASSWORD_CLIENT, agent};

/// The characters that a path has unencoded (RFC 3986, section 2.3); Keycloak refuses a path that encodes any of them.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The prefix that Keycloak puts before the client's name for a service account's username.
const SERVICE_ACCOUNT: &str = "service-account-";

/// A token of a person or a service account, given by its `sub`, in an organization, given by its alias or id.
pub fn for_caller(access: &Access, organization: &str, subject: &str) -> Result<String> {
    let admin = Admin::sign_in(access)?;
    let path = format!("/users/{}", encode(subject));
    let Some(user) = admin.get(&path)? else {
        bail!(
            "the realm {} has no user with the id `{subject}`; it has {}",
            access.realm,
            names(&admin.get("/users?max=20")?.unwrap_or_default(), "id")
        );
    };
    let username = text(&user, "username").context("the user has no name")?;
    if let Some(client) = username.strip_prefix(SERVICE_ACCOUNT) {
        let attribute = user.pointer("/attributes/organization_id/0");
        let own = attribute.and_then(Value::as_str).unwrap_or_default();
        demand_own_organization(&admin, organization, subject, own)?;
        return for_service_account(access, client);
    }
    let path = format!("/organizations/members/{}/organizations", encode(subject));
    let memberships = admin.get(&path)?.unwrap_or_default();
    let chosen = find(&memberships, organization).with_context(|| {
        format!(
            "`{subject}` is not a member of `{organization}`, but of {}",
            names(&memberships, "alias")
        )
    })?;
    let alias = text(chosen, "alias").context("the organization has no alias")?;
    let scope = format!("openid organization:{alias}");
    access_token(&by_password(access, PASSWORD_CLIENT, username, &scope)?)
}

/// The tokens that a person gets for the common password: an access token, a refresh token, an ID token.
pub fn by_password(access: &Access, client: &str, username: &str, scope: &str) -> Result<Value> {
    let form = [
        ("grant_type", "password"),
        ("client_id", client),
        ("username", username),
        ("password", &access.user_password),
        ("scope", scope),
    ];
    ask(&agent(), &format!("{}/token", access.protocol()), &form)
}

/// A token of a client's service account, requested with the client's secret.
pub fn for_service_account(access: &Access, client: &str) -> Result<String> {
    let admin = Admin::sign_in(access)?;
    let found = admin.get(&format!("/clients?clientId={}", encode(client)))?;
    let secret = found
        .as_ref()
        .and_then(|found| text(found.get(0)?, "secret"));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client),
        ("client_secret", secret.context("the client has no secret")?),
    ];
    let url = format!("{}/token", access.protocol());
    access_token(&ask(&agent(), &url, &form)?)
}

/// Posts a form to a token endpoint and returns the answer.
pub(super) fn ask(agent: &Agent, url: &str, form: &[(&str, &str)]) -> Result<Value> {
    let mut answer = agent
        .post(url)
        .send_form(form.iter().copied())
        .with_context(|| format!("Keycloak cannot be reached at {url}"))?;
    let status = answer.status();
    let value: Value = answer.body_mut().read_json().unwrap_or_default();
    if !status.is_success() {
        let reason = text(&value, "error_description").or(text(&value, "error"));
        bail!(
            "Keycloak refuses ({status}): {}",
            reason.unwrap_or_default()
        );
    }
    Ok(value)
}

pub(super) fn access_token(answer: &Value) -> Result<String> {
    let token = text(answer, "access_token").map(str::to_owned);
    token.context("Keycloak gave no access token")
}

/// Fails if the service account is of another organization, which is an attribute of its user.
fn demand_own_organization(
    admin: &Admin,
    organization: &str,
    subject: &str,
    own: &str,
) -> Result<()> {
    let known = admin.get("/organizations?max=1000")?.unwrap_or_default();
    let asked = find(&known, organization).and_then(|found| text(found, "id"));
    if asked.unwrap_or(organization) == own {
        return Ok(());
    }
    let own = find(&known, own).and_then(|found| text(found, "alias"));
    bail!(
        "`{subject}` is a service account of `{}`, not of `{organization}`",
        own.unwrap_or("no organization")
    );
}

/// Finds an organization by its alias or id.
fn find<'a>(organizations: &'a Value, wanted: &str) -> Option<&'a Value> {
    let mut organizations = organizations.as_array()?.iter();
    organizations.find(|one| {
        ["alias", "id"]
            .iter()
            .any(|key| text(one, key) == Some(wanted))
    })
}

fn names(list: &Value, key: &str) -> String {
    let entries = list.as_array().into_iter().flatten();
    let names: Vec<_> = entries.filter_map(|entry| text(entry, key)).collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}
