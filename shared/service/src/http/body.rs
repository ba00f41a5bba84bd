//! Request bodies, limited in size before they are parsed.

use std::{cell::RefCell, rc::Rc, time::Duration};

use http::StatusCode;
use serde_json::value::RawValue;
use spin_sdk::wasip3::{http::types::Request, wit_bindgen::StreamResult, wit_future};

use crate::{deadline, http::head::Head, problem::Problem};

/// The maximum size of a body in bytes.
const LARGEST: usize = 1024 * 1024;

/// How many bytes of a larger body are read: a client that is still sending would miss the answer.
const DRAINED: usize = 2 * LARGEST;

/// The number of bytes to read at a time.
const READ: usize = 16 * 1024;

/// The time limit of a whole body, so that a client that stops sending does not occupy the instance.
const DEADLINE: Duration = Duration::from_secs(30);

/// A body that has not been read yet.
#[derive(Clone)]
pub struct Body {
    /// `None` once it is being read.
    request: Rc<RefCell<Option<Request>>>,
    head: Head,
}

impl Body {
    pub(crate) fn new(request: Request, head: Head) -> Self {
        let request = Rc::new(RefCell::new(Some(request)));
        Self { request, head }
    }

    /// Reads the rest of an unread body: a client that is still sending would miss the answer.
    pub(crate) async fn drain(self) {
        let _ = self.bytes().await;
    }

    /// The body as JSON of any form, unchanged.
    pub async fn json(self) -> Result<Box<RawValue>, Problem> {
        let text = self.text().await?;
        serde_json::from_str(&text).map_err(|fault| Problem::invalid_json(fault.to_string()))
    }

    /// The body as text, for a reader that needs its JSON unchanged.
    pub async fn text(self) -> Result<String, Problem> {
        let bytes = self.bytes().await?;
        String::from_utf8(bytes).map_err(|_| Problem::invalid_json("the body is not valid UTF-8"))
    }

    /// The raw body, for a reader that authenticates it first.
    pub async fn bytes(self) -> Result<Vec<u8>, Problem> {
        deadline::within(DEADLINE, self.all())
            .await
            .map_err(|_| too_slow())?
    }

    async fn all(self) -> Result<Vec<u8>, Problem> {
        let Some(request) = self.request.take() else {
            return Ok(Vec::new());
        };
        let told = self.head.header("content-length");
        let told = told.first().and_then(|length| length.parse().ok());
        // On this side, reading cannot fail.
        let (_outcome, outcome) = wit_future::new(|| Ok(()));
        let (mut stream, trailers) = Request::consume_body(request, outcome);
        let (mut bytes, mut length) = (Vec::new(), 0_usize);
        // If all of the announced length has arrived, the end need not be awaited.
        while length <= DRAINED && told != Some(length) {
            let (result, chunk) = stream.read(Vec::with_capacity(READ)).await;
            length = length.saturating_add(chunk.len());
            if bytes.is_empty() {
                bytes = chunk;
            } else if length <= LARGEST {
                bytes.extend_from_slice(&chunk);
            }
            if !matches!(result, StreamResult::Complete(_)) {
                // The trailers are not used; awaiting them only shows that the body is complete.
                let end = trailers.await;
                end.map_err(|_| Problem::invalid_json("the body ended too early"))?;
                break;
            }
        }
        if length > LARGEST {
            Err(too_large())
        } else if !self
            .head
            .header("content-encoding")
            .iter()
            .all(|sent| is_identity(sent))
        {
            Err(encoded())
        } else {
            Ok(bytes)
        }
    }
}

/// Whether the codings that a header names leave the body as it is (RFC 9110, section 8.4).
fn is_identity(sent: &str) -> bool {
    let mut codings = sent.split(',').map(str::trim);
    codings.all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case("identity"))
}

fn encoded() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported-encoding",
        "The body is encoded",
    )
    .with_detail("Content-Encoding: expected identity, or no such header")
    .with_header("accept-encoding", "identity")
}

fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too-large",
        "The body is too large",
    )
    .with_detail("a body may have at most 1 MiB")
}

fn too_slow() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "too-slow",
        "The body did not arrive in time",
    )
    .with_detail("the whole body must arrive within 30 s")
}
