//! `/v1/webhooks/keycloak`.

use std::sync::OnceLock;

use http::StatusCode;
use inbox::EventStatus;
use service::{
    http::{
        head::Head,
        request::Request,
        response::{Response, to_json},
    },
    identity::{issuer::sender::Sender, senders},
    problem::Problem,
    variables,
};

use super::secret;
use crate::{
    api::webhooks::Received,
    keycloak::{Reading, read},
    signature,
};

/// The provider of events that come to the address without a provider.
const DEFAULT: &str = "default";

/// The source of these events in the inbox.
const SOURCE: &str = "keycloak";

/// The path to which they are sent.
const WEBHOOK: &str = "/v1/webhooks/keycloak";

/// The header in which Keycloak's extension sends the signature of the body.
const SIGNATURE: &str = "x-keycloak-signature";

pub async fn receive(request: Request) -> Result<Response, Problem> {
    receive_of(request, DEFAULT, WEBHOOK).await
}

pub async fn receive_of_provider(mut request: Request) -> Result<Response, Problem> {
    let [provider] = request.parameters()?;
    let path = [WEBHOOK, "/", &provider].concat();
    receive_of(request, &provider, &path).await
}

async fn receive_of(request: Request, provider: &str, path: &str) -> Result<Response, Problem> {
    let Request { head, body, .. } = request;
    let sender = senders::find(provider, head.arrived()).await?;
    let body = body.bytes().await?;
    authenticate(&head, &sender, path, &body).await?;
    let now = head.arrived();
    let event = match read(&body, sender.realm.as_deref(), now.unix_milliseconds()) {
        Reading::Useless => return answer(EventStatus::Ignored, None),
        Reading::Event(event) => event,
    };
    let (status, reason) = inbox::receive(&sender.slug, SOURCE, now, &event).await?;
    answer(status, reason)
}

/// A body is trusted only if the provider sent it: it has a signature with the secret, or a token that the realm's
/// key signed. If both are sent, both are checked.
async fn authenticate(
    head: &Head,
    sender: &Sender,
    path: &str,
    body: &[u8],
) -> Result<(), Problem> {
    let signatures = head.header(SIGNATURE);
    let tokens = head.header("authorization");
    if signatures.is_empty() && tokens.is_empty() {
        return Err(unauthentic("send X-Keycloak-Signature, or a bearer token"));
    }
    if !signatures.is_empty() {
        check_signature(sender, &signatures, body).await?;
    }
    if !tokens.is_empty() {
        let address = [public_url().await?, path].concat();
        let digest = senders::verify(sender, &tokens, &address, head.arrived()).await?;
        if !signature::is_digest(body, &digest) {
            return Err(unauthentic("the token is for another body"));
        }
    }
    Ok(())
}

async fn check_signature(sender: &Sender, sent: &[String], body: &[u8]) -> Result<(), Problem> {
    let [signature] = sent else {
        return Err(unauthentic("X-Keycloak-Signature may be sent only once"));
    };
    let secret = secret::of(sender).await?;
    if secret.is_empty() {
        return Err(unauthentic(
            "no secret is configured for the provider's webhook",
        ));
    }
    if !signature::fits(secret, body, signature) {
        return Err(unauthentic(
            "the signature does not match the body and the configured secret",
        ));
    }
    Ok(())
}

/// The Shell's public address.
async fn public_url() -> Result<&'static str, Problem> {
    static PUBLIC_URL: OnceLock<String> = OnceLock::new();
    let url = variables::get_once(&PUBLIC_URL, "public_url").await?;
    Ok(url.trim_end_matches('/'))
}

fn answer(status: EventStatus, reason: Option<String>) -> Result<Response, Problem> {
    // The reason is logged, where the search for an error begins.
    let cause = match status {
        EventStatus::Failed => reason
            .as_ref()
            .map(|reason| format!("kept as failed: {reason}")),
        _ => None,
    };
    let body = to_json(&Received { status, reason })?;
    Ok(Response::json(StatusCode::ACCEPTED, body).with_cause(cause))
}

fn unauthentic(why: &'static str) -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "unauthentic",
        "The delivery does not prove that it comes from the provider",
    )
    .with_detail(why)
    .with_cause(why)
    .with_header("www-authenticate", r#"Bearer realm="shell""#)
}
