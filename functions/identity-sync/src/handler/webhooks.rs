//! `/v1/webhooks/keycloak`.

use http::StatusCode;
use service::{
    http::{
        head::Head,
        request::Request,
        response::{Response, to_json},
    },
    identity::{issuer::sender::Sender, senders},
    problem::Problem,
};

use super::secret;
use crate::{
    api::webhooks::{EventStatus, Received},
    keycloak::{Reading, read},
    signature, store,
};

/// Of whom events are that name no provider.
const DEFAULT: &str = "default";

/// What a Keycloak's extension sends the signature of the body in.
const SIGNATURE: &str = "x-keycloak-signature";

pub async fn receive(request: Request) -> Result<Response, Problem> {
    receive_of(request, DEFAULT).await
}

pub async fn receive_of_provider(mut request: Request) -> Result<Response, Problem> {
    let [provider] = request.parameters()?;
    receive_of(request, &provider).await
}

async fn receive_of(request: Request, provider: &str) -> Result<Response, Problem> {
    let Request { head, body, .. } = request;
    let sender = senders::find(provider, head.arrived()).await?;
    let sender = sender.ok_or_else(unknown_provider)?;
    let body = body.bytes().await?;
    authenticate(&head, &sender, &body).await?;
    let now = head.arrived();
    let event = match read(&body, sender.realm.as_deref(), now.unix_milliseconds()) {
        Reading::Useless => return answer(EventStatus::Ignored, None),
        Reading::Event(event) => event,
    };
    let (status, reason) = store::receive(&sender.slug, now, &event).await?;
    answer(status, reason)
}

/// Nothing is believed of a body that is not the provider's.
async fn authenticate(head: &Head, sender: &Sender, body: &[u8]) -> Result<(), Problem> {
    let sent = head.header(SIGNATURE);
    let [signature] = sent.as_slice() else {
        return Err(unauthentic("send one X-Keycloak-Signature"));
    };
    let secret = secret::of(sender).await?;
    if secret.is_empty() {
        return Err(unauthentic("the provider's webhook has no secret here"));
    }
    if !signature::fits(secret, body, signature) {
        return Err(unauthentic(
            "the signature is not the body's with the secret",
        ));
    }
    Ok(())
}

fn answer(status: EventStatus, reason: Option<String>) -> Result<Response, Problem> {
    // Whoever looks for what is wrong begins with the log.
    let cause = match status {
        EventStatus::Failed => reason
            .as_ref()
            .map(|reason| format!("kept as failed: {reason}")),
        _ => None,
    };
    let body = to_json(&Received { status, reason })?;
    Ok(Response::json(StatusCode::ACCEPTED, body).with_cause(cause))
}

/// An address tells nobody more than that: which providers there are is no secret, and a wrong address is found
/// sooner so.
fn unknown_provider() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown-provider",
        "No such identity provider",
    )
    .with_detail("the path is to end with the slug of an identity provider")
}

fn unauthentic(why: &'static str) -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "unauthentic",
        "The delivery is not shown to be the provider's",
    )
    .with_detail(why)
    .with_cause(why)
    .with_header("www-authenticate", r#"Bearer realm="shell""#)
}
