//! Keycloak's Admin API, called as its administrator.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use ureq::http::{Request, Response, StatusCode};
use ureq::{Agent, Body};

use super::{Access, agent, tokens};

/// An administrator who has signed in; the token is valid for a minute.
#[derive(Debug)]
pub struct Admin {
    agent: Agent,
    server: String,
    realm: String,
    token: String,
}

impl Admin {
    /// Signs in.
    pub fn sign_in(access: &Access) -> Result<Self> {
        let agent = agent();
        let master = format!("{}/realms/master/protocol/openid-connect/token", access.url);
        let form = [
            ("grant_type", "password"),
            ("client_id", "admin-cli"),
            ("username", &access.administrator),
            ("password", &access.administrator_password),
        ];
        let answer = tokens::ask(&agent, &master, &form)
            .context("the administrator cannot sign in to Keycloak")?;
        let token = tokens::access_token(&answer)?;
        Ok(Self {
            agent,
            server: access.url.clone(),
            realm: access.realm.clone(),
            token,
        })
    }

    /// The resource at a path of the realm (`/users?max=20`), or `None`.
    pub fn get(&self, path: &str) -> Result<Option<Value>> {
        match self.call("GET", &self.in_realm(path), None)? {
            (StatusCode::OK, value) => Ok(Some(value)),
            (StatusCode::NOT_FOUND, _) => Ok(None),
            (status, value) => bail!("Keycloak answered GET {path} with {status}: {value}"),
        }
    }

    /// The realm's webhooks, which the extension `keycloak-events` stores.
    pub fn webhooks(&self) -> Result<Value> {
        self.demand("GET", &self.webhooks_url(), None)
    }

    /// Sends a PUT, POST or DELETE to a path of the realm.
    pub fn change(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        self.demand(method, &self.in_realm(path), body)
    }

    /// Creates an object in the realm, and returns the identifier that Keycloak gave it.
    pub fn create(&self, path: &str, body: &Value) -> Result<String> {
        self.create_at(&self.in_realm(path), body)
    }

    /// Does the same at any address.
    pub(super) fn create_at(&self, url: &str, body: &Value) -> Result<String> {
        let answer = self.send("POST", url, Some(body))?;
        let status = answer.status();
        let location = answer.headers().get("location").cloned();
        let body = read(answer)?;
        if !status.is_success() {
            bail!("Keycloak answered POST {url} with {status}: {body}");
        }
        let location = location.as_ref().and_then(|value| value.to_str().ok());
        let id = location.and_then(|location| location.rsplit('/').next());
        // For a group within another group, the body of the answer has the new id.
        let id = id.or_else(|| body.get("id")?.as_str());
        let id = id.context("Keycloak did not return the id of the new object")?;
        Ok(id.to_owned())
    }

    /// Creates a realm from its whole representation.
    pub fn create_realm(&self, representation: &Value) -> Result<()> {
        let url = format!("{}/admin/realms", self.server);
        self.demand("POST", &url, Some(representation))?;
        Ok(())
    }

    /// Removes the realm if it exists.
    pub fn remove_realm(&self) -> Result<()> {
        if self.get("")?.is_some() {
            self.change("DELETE", "", None)?;
        }
        Ok(())
    }

    fn in_realm(&self, path: &str) -> String {
        format!("{}/admin/realms/{}{path}", self.server, self.realm)
    }

    /// The address of the realm's webhooks, which the extension `keycloak-events` serves beside the Admin API.
    pub(super) fn webhooks_url(&self) -> String {
        format!("{}/realms/{}/webhooks", self.server, self.realm)
    }

    /// Does the same at any address.
    pub(super) fn demand(&self, method: &str, url: &str, body: Option<&Value>) -> Result<Value> {
        let (status, value) = self.call(method, url, body)?;
        if !status.is_success() {
            bail!("Keycloak answered {method} {url} with {status}: {value}");
        }
        Ok(value)
    }

    fn call(&self, method: &str, url: &str, body: Option<&Value>) -> Result<(StatusCode, Value)> {
        let answer = self.send(method, url, body)?;
        Ok((answer.status(), read(answer)?))
    }

    fn send(&self, method: &str, url: &str, body: Option<&Value>) -> Result<Response<Body>> {
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(body.map(Value::to_string).unwrap_or_default())?;
        let answer = self.agent.run(request);
        answer.with_context(|| format!("Keycloak cannot be reached at {url}"))
    }
}

/// Reads the body as JSON or, if it is not JSON, as text.
fn read(mut answer: Response<Body>) -> Result<Value> {
    let text = answer.body_mut().read_to_string()?;
    Ok(serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
