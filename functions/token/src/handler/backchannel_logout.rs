//! `/v1/webhooks/backchannel-logout`.

use http::StatusCode;
use inbox::EventStatus;
use service::{
    http::{
        request::Request,
        response::{Response, to_json},
    },
    identity::senders,
    problem::Problem,
};

use crate::{
    api::backchannel_logout::LogoutError,
    form::Unfit,
    logout::{event, token_of},
};

/// The provider of tokens that come to the address without a provider.
const DEFAULT: &str = "default";

/// The source of these events in the inbox.
const SOURCE: &str = "backchannel-logout";

pub async fn receive(request: Request) -> Result<Response, Problem> {
    Ok(receive_of(request, DEFAULT).await)
}

pub async fn receive_of_provider(mut request: Request) -> Result<Response, Problem> {
    let [provider] = request.parameters()?;
    Ok(receive_of(request, &provider).await)
}

/// Whatever the result is, a cached answer would also be used for later logouts.
async fn receive_of(request: Request, provider: &str) -> Response {
    let answer = judged(request, provider).await;
    let answer = answer.unwrap_or_else(Response::from);
    answer.with_header("cache-control", "no-store")
}

async fn judged(request: Request, provider: &str) -> Result<Response, Problem> {
    let Request { head, body, .. } = request;
    let now = head.arrived();
    let sender = senders::find(provider, now).await?;
    let body = body.bytes().await?;
    let token = match token_of(&head.header("content-type"), &body) {
        Ok(token) => token,
        Err(Unfit(why)) => return refused(why),
    };
    let logout = match senders::verify_logout(&sender, &token, now).await {
        Ok(logout) => logout,
        Err(problem) => {
            return match problem.why_unaccepted() {
                Some(why) => refused(why),
                None => Err(problem),
            };
        }
    };
    let told = inbox::receive(&sender.slug, SOURCE, now, &event(logout, now)).await?;
    match told {
        // Section 2.8: a logout that failed gets the same answer as an invalid one.
        (EventStatus::Failed, reason) => {
            let reason = reason.unwrap_or_default();
            refused(&["kept as failed: ", &reason].concat())
        }
        _ => Ok(Response::empty(StatusCode::OK)),
    }
}

/// The reason is also logged, where the search for an error begins.
fn refused(why: &str) -> Result<Response, Problem> {
    let body = to_json(&LogoutError {
        error: "invalid_request",
        error_description: why.to_owned(),
    })?;
    let answer = Response::json(StatusCode::BAD_REQUEST, body);
    Ok(answer.with_cause(Some(why.to_owned())))
}
