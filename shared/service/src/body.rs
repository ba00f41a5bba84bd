//! JSON bodies: bounded before they are parsed.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{FromRequest, Request},
};
use http::StatusCode;
use http_body_util::BodyExt;
use serde_json::Value;

use crate::{deadline, problem::Problem};

/// Bytes of the largest body that is taken.
const LARGEST: usize = 1024 * 1024;

/// Bytes that are read of a larger one: a client that is still sending would miss the answer.
const DRAINED: usize = 2 * LARGEST;

/// Of a whole body, so that a client that stops sending does not hold its place in the instance.
const DEADLINE: Duration = Duration::from_secs(30);

/// The body as JSON, of whatever shape.
pub struct Json(pub Value);

impl<S: Send + Sync> FromRequest<S> for Json {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Text(text) = Text::from_request(request, state).await?;
        serde_json::from_str(&text)
            .map(Self)
            .map_err(|fault| Problem::invalid_json(fault.to_string()))
    }
}

/// The body as text, for a reader that must not have its JSON changed.
pub struct Text(pub String);

impl<S: Send + Sync> FromRequest<S> for Text {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes = deadline::within(DEADLINE, read(request.into_body()))
            .await
            .map_err(|_| too_slow())??;
        String::from_utf8(bytes)
            .map(Self)
            .map_err(|_| Problem::invalid_json("the body is no UTF-8"))
    }
}

async fn read(mut body: Body) -> Result<Vec<u8>, Problem> {
    let (mut bytes, mut length) = (Vec::new(), 0_usize);
    while length <= DRAINED {
        let Some(frame) = body.frame().await else {
            break;
        };
        let frame = frame.map_err(|_| Problem::invalid_json("the body broke off"))?;
        // Trailers are no data, and nothing is read from them.
        if let Ok(data) = frame.into_data() {
            length = length.saturating_add(data.len());
            if length <= LARGEST {
                bytes.extend_from_slice(&data);
            }
        }
    }
    if length > LARGEST {
        Err(too_large())
    } else {
        Ok(bytes)
    }
}

fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too-large",
        "The body is too large",
    )
    .with_detail("at most 1 MiB is taken")
}

fn too_slow() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "too-slow",
        "The body did not arrive in time",
    )
    .with_detail("30 s are given")
}
