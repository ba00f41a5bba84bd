//! The stream with which a realm reports sessions to a Shell: OpenID Shared Signals Framework 1.0, by push (RFC 8935).

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;

use super::{Access, Admin, agent, tokens};
use crate::secret;

/// Where a Shell receives security event tokens of its transmitter `default`.
const PATH: &str = "/v1/webhooks/ssf";

/// The client that is the receiver; the audience of its stream's tokens begins with its id.
pub const RECEIVER: &str = "shell-ssf";

/// All event types that Keycloak 26.7 can send.
const EVENTS: [&str; 2] = [
    "https://schemas.openid.net/secevent/caep/event-type/session-revoked",
    "https://schemas.openid.net/secevent/caep/event-type/credential-change",
];

/// The scopes that a client's token needs to create a stream.
const SCOPES: [&str; 2] = ["ssf.read", "ssf.manage"];

/// Makes the realm send the events of sessions and credentials to a Shell; `authorization` is the
/// whole header that it sends with them. An existing stream gets this address and this header.
pub fn register(access: &Access, shell: &str, authorization: &str) -> Result<()> {
    let admin = Admin::sign_in(access)?;
    transmit(&admin)?;
    let client_secret = ensure_receiver(&admin, shell)?;
    let receiver = Receiver::sign_in(access, &client_secret)?;
    let mut stream = json!({
        "delivery": {
            "method": "urn:ietf:rfc:8935",
            "endpoint_url": format!("{shell}{PATH}"),
            "authorization_header": authorization,
        },
        "events_requested": EVENTS,
        "description": "the Shell",
    });
    // A receiver has at most one stream.
    let streams = receiver.call("GET", None)?;
    let Some(earlier) = streams.get(0) else {
        receiver.call("POST", Some(&stream))?;
        return Ok(());
    };
    let id = earlier.get("stream_id").cloned();
    let members = stream.as_object_mut().context("a stream is an object")?;
    members.insert(
        "stream_id".to_owned(),
        id.context("the stream has no identifier")?,
    );
    receiver.call("PATCH", Some(&stream))?;
    Ok(())
}

/// Enables the realm's transmitter.
fn transmit(admin: &Admin) -> Result<()> {
    const SWITCH: &str = "ssf.transmitterEnabled";
    let realm = admin.get("")?.context("the realm does not exist")?;
    let attributes = realm.get("attributes").cloned().unwrap_or(json!({}));
    if attributes.get(SWITCH) == Some(&json!("true")) {
        return Ok(());
    }
    let mut attributes = attributes;
    let members = attributes.as_object_mut();
    let members = members.context("the realm's attributes are not a JSON object")?;
    members.insert(SWITCH.to_owned(), json!("true"));
    admin.change("PUT", "", Some(&json!({ "attributes": attributes })))?;
    Ok(())
}

/// Creates the receiver, or sets this address on an existing one; returns its secret.
fn ensure_receiver(admin: &Admin, shell: &str) -> Result<String> {
    let found = admin.get(&format!("/clients?clientId={RECEIVER}"))?;
    let known = found.as_ref().and_then(|found| found.get(0));
    let push_urls = format!("{shell}{PATH}*");
    let Some(known) = known else {
        let client_secret = secret::random_token()?;
        let client = json!({
            "clientId": RECEIVER,
            "description": "the Shell, as who is told of sessions",
            "secret": client_secret,
            "standardFlowEnabled": false,
            "serviceAccountsEnabled": true,
            "optionalClientScopes": SCOPES,
            "attributes": {
                "ssf.enabled": "true",
                "ssf.validPushUrls": push_urls,
                // Otherwise the receiver would have to name each user whose events it wants.
                "ssf.defaultSubjects": "ALL",
            },
        });
        admin.create("/clients", &client)?;
        return Ok(client_secret);
    };
    let mut changed = known.clone();
    let attributes = changed.get_mut("attributes").and_then(Value::as_object_mut);
    let attributes = attributes.context("the receiver has no attributes")?;
    attributes.insert("ssf.validPushUrls".to_owned(), json!(push_urls));
    if &changed != known {
        let id = known.get("id").and_then(Value::as_str);
        let path = format!("/clients/{}", id.context("the receiver has no id")?);
        admin.change("PUT", &path, Some(&changed))?;
    }
    let client_secret = known.get("secret").and_then(Value::as_str);
    Ok(client_secret
        .context("the receiver has no secret")?
        .to_owned())
}

/// The receiver, which manages its own stream.
struct Receiver {
    agent: Agent,
    streams: String,
    token: String,
}

impl Receiver {
    fn sign_in(access: &Access, client_secret: &str) -> Result<Self> {
        let agent = agent();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", RECEIVER),
            ("client_secret", client_secret),
            ("scope", &SCOPES.join(" ")),
        ];
        let answer = tokens::ask(&agent, &format!("{}/token", access.protocol()), &form)?;
        Ok(Self {
            agent,
            streams: format!("{}/ssf/transmitter/streams", access.issuer()),
            token: tokens::access_token(&answer)?,
        })
    }

    fn call(&self, method: &str, body: Option<&Value>) -> Result<Value> {
        let request = Request::builder()
            .method(method)
            .uri(&self.streams)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(body.map(Value::to_string).unwrap_or_default())?;
        let mut answer = self.agent.run(request)?;
        let status = answer.status();
        let text = answer.body_mut().read_to_string()?;
        if !status.is_success() {
            // Only a successful answer repeats the request, and with it the secret.
            bail!("Keycloak answered {method} of the stream with {status}: {text}");
        }
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }
}
