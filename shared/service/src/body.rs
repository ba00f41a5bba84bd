//! JSON bodies: bounded before they are parsed.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;
use spin_sdk::wasip3::{
    http::types::Request,
    wit_bindgen::{StreamReader, StreamResult},
    wit_future,
};

use crate::{deadline, problem::Problem};

/// Bytes of the largest body that is taken.
const LARGEST: usize = 1024 * 1024;

/// Bytes that are read of a larger one: a client that is still sending would miss the answer.
const DRAINED: usize = 2 * LARGEST;

/// Bytes that are asked for at a time.
const READ: usize = 16 * 1024;

/// Of a whole body, so that a client that stops sending does not hold its place in the instance.
const DEADLINE: Duration = Duration::from_secs(30);

/// A body that nobody has read yet.
pub struct Body(Request);

impl Body {
    pub(crate) fn new(request: Request) -> Self {
        Self(request)
    }

    /// The body as JSON, of whatever shape.
    pub async fn json(self) -> Result<Value, Problem> {
        let text = self.text().await?;
        serde_json::from_str(&text).map_err(|fault| Problem::invalid_json(fault.to_string()))
    }

    /// The body as text, for a reader that must not have its JSON changed.
    pub async fn text(self) -> Result<String, Problem> {
        let Self(request) = self;
        // Nothing of ours can fail while it is read.
        let (_outcome, outcome) = wit_future::new(|| Ok(()));
        let (stream, trailers) = Request::consume_body(request, outcome);
        let read = async {
            let bytes = read(stream).await?;
            // Says too whether the body broke off; trailers are no data, and nothing is read from them.
            match trailers.await {
                Ok(_) => Ok(bytes),
                Err(_) => Err(Problem::invalid_json("the body broke off")),
            }
        };
        let bytes = deadline::within(DEADLINE, read)
            .await
            .map_err(|_| too_slow())??;
        String::from_utf8(bytes).map_err(|_| Problem::invalid_json("the body is no UTF-8"))
    }
}

async fn read(mut stream: StreamReader<u8>) -> Result<Vec<u8>, Problem> {
    let (mut bytes, mut length) = (Vec::new(), 0_usize);
    while length <= DRAINED {
        let (result, chunk) = stream.read(Vec::with_capacity(READ)).await;
        length = length.saturating_add(chunk.len());
        if bytes.is_empty() {
            bytes = chunk;
        } else if length <= LARGEST {
            bytes.extend_from_slice(&chunk);
        }
        if !matches!(result, StreamResult::Complete(_)) {
            break;
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
