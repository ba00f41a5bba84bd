//! `/v1/webhooks/ssf`.

use std::{pin::Pin, time::Duration};

use clock::Timestamp;
use http::StatusCode;
use inbox::EventStatus;
use service::{
    deadline,
    http::{
        head::Head,
        request::Request,
        response::{Response, to_json},
    },
    identity::{
        issuer::transmitter::Transmitter,
        transmitters::{self, Untaken},
    },
    problem::Problem,
};
use spin_sdk::wasip3;

use super::ssf_secret;
use crate::{api::ssf::DeliveryError, delivery, ssf};

/// The transmitter of tokens that come to the address without a name.
const DEFAULT: &str = "default";

/// Transmitters wait for a second. The limits of the body, and of the whole request.
const LONGEST_BODY: Duration = Duration::from_millis(400);
const LONGEST: Duration = Duration::from_millis(700);

/// The minimum time that is left for the work once the body has arrived.
const SHORTEST: Duration = Duration::from_millis(300);

pub async fn receive(request: Request) -> Result<Response, Problem> {
    receive_of(request, DEFAULT.to_owned()).await
}

pub async fn receive_of_transmitter(mut request: Request) -> Result<Response, Problem> {
    let [transmitter] = request.parameters()?;
    receive_of(request, transmitter).await
}

/// Answers in time. Work that is not finished by then continues after the answer, so that a retry finds it done: the
/// keys are fetched, or the event is in the inbox.
async fn receive_of(request: Request, slug: String) -> Result<Response, Problem> {
    let Request { head, body, .. } = request;
    let began = clock::monotonic_nanoseconds();
    let body = deadline::within(LONGEST_BODY, body.bytes()).await;
    let body = body.map_err(|_| too_slow())??;
    let took = clock::monotonic_nanoseconds().saturating_sub(began);
    let left = LONGEST.saturating_sub(Duration::from_nanos(took));
    let mut work: Pin<Box<dyn Future<Output = Result<Response, Problem>>>> =
        Box::pin(judged(head, slug, body));
    match deadline::within(left.max(SHORTEST), &mut work).await {
        Ok(answer) => answer,
        Err(_) => {
            wasip3::spawn(async move {
                // A transmitter that sends the token again gets the result.
                let _ = work.await;
            });
            Err(takes_longer())
        }
    }
}

async fn judged(head: Head, slug: String, body: Vec<u8>) -> Result<Response, Problem> {
    let now = head.arrived();
    let transmitter = transmitters::find(&slug, now).await?;
    let transmitter = transmitter.ok_or_else(unknown_transmitter)?;
    let secret = ssf_secret::of(&transmitter).await?;
    if !delivery::is_authorized(secret, &head.header("authorization")) {
        let refusal = refused(
            StatusCode::UNAUTHORIZED,
            "authentication_failed",
            "Authorization is not the one that is configured for the stream",
        )?;
        return Ok(refusal.with_header("www-authenticate", r#"Bearer realm="shell""#));
    }
    match delivery::token_of(&head.header("content-type"), &body) {
        Ok(token) => taken(&transmitter, token, now).await,
        Err(why) => refused(StatusCode::BAD_REQUEST, "invalid_request", why),
    }
}

async fn taken(
    transmitter: &Transmitter,
    token: &str,
    now: Timestamp,
) -> Result<Response, Problem> {
    let told = match transmitters::verify(transmitter, token, now).await {
        Ok(told) => told,
        Err(Untaken::Problem(problem)) => return Err(problem),
        Err(Untaken::Refused { code, why }) => {
            return refused(StatusCode::BAD_REQUEST, code, &why);
        }
    };
    let event = match ssf::read(told, transmitter, now) {
        Ok(event) => event,
        Err(why) => return refused(StatusCode::BAD_REQUEST, "invalid_request", why),
    };
    let source = ["ssf/", transmitter.slug.as_str()].concat();
    let (status, reason) = inbox::receive(&transmitter.provider, &source, now, &event).await?;
    // The reason is logged, where the search for an error begins.
    let cause = match status {
        EventStatus::Failed => reason.map(|reason| ["kept as failed: ", &reason].concat()),
        _ => None,
    };
    Ok(Response::empty(StatusCode::ACCEPTED).with_cause(cause))
}

/// The answer of RFC 8935, section 2.3.
fn refused(status: StatusCode, code: &'static str, why: &str) -> Result<Response, Problem> {
    let body = to_json(&DeliveryError {
        err: code.to_owned(),
        description: why.to_owned(),
    })?;
    let answer = Response::json(status, body).with_header("content-language", "en");
    Ok(answer.with_cause(Some(why.to_owned())))
}

/// The transmitters' names are not secret, and a wrong address is found sooner.
fn unknown_transmitter() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown-transmitter",
        "No such transmitter",
    )
    .with_detail("the path must end with the slug of a transmitter of ssf_transmitters.csv")
}

fn takes_longer() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "too-slow",
        "The delivery took too long; send it again",
    )
    .with_cause("it took longer than 700 ms")
    .with_header("retry-after", "1")
}

fn too_slow() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "too-slow",
        "The body did not arrive in time",
    )
    .with_detail("the whole body must arrive within 400 ms, since transmitters wait for one second")
}
