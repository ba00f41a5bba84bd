//! The head of a request, whose parts a function requests from the host by name.
//!
//! The SDK's own request copies and parses every header, including those that the host adds, and the whole URI;
//! reading only what most requests need is faster by some microseconds.

use std::{cell::Cell, rc::Rc};

use clock::Timestamp;
use http::Method;
use serde::de::DeserializeOwned;
use spin_sdk::wasip3::http::types::{self, ErrorCode, Headers};
use uuid::Uuid;

use crate::{
    http::{query, request_log::usable_request_id},
    problem::Problem,
};

/// The head of a request: everything but its body. A clone refers to the same request.
#[derive(Clone)]
pub struct Head(Rc<Known>);

struct Known {
    method: Method,
    /// The path and, after a `?`, the query.
    target: String,
    headers: Headers,
    arrived: Timestamp,
    request_id: String,
    organization: Cell<Option<Uuid>>,
}

impl TryFrom<&types::Request> for Head {
    type Error = ErrorCode;

    fn try_from(request: &types::Request) -> Result<Self, ErrorCode> {
        let method = Method::try_from(request.get_method())
            .map_err(|_| ErrorCode::HttpRequestMethodInvalid)?;
        let target = request.get_path_with_query().unwrap_or_default();
        let headers = request.get_headers();
        let arrived = clock::now();
        let sent = headers.get("x-request-id").into_iter().next().map(text);
        let request_id = sent
            .filter(|sent| usable_request_id(sent))
            .unwrap_or_else(|| clock::identifier_at(arrived).to_string());
        Ok(Self(Rc::new(Known {
            method,
            target,
            headers,
            arrived,
            request_id,
            organization: Cell::new(None),
        })))
    }
}

impl Head {
    pub(crate) fn method(&self) -> &Method {
        &self.0.method
    }

    pub(crate) fn path(&self) -> &str {
        let target = &self.0.target;
        target.split_once('?').map_or(target, |(path, _)| path)
    }

    /// The query string as a `T`. Parameters that `T` does not have are ignored.
    pub fn query<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let query = self.0.target.split_once('?').map_or("", |(_, query)| query);
        query::read(query)
    }

    /// The values of a header, in the order in which they were sent. Bytes that are not UTF-8 are replaced, so that
    /// no reader recognizes them.
    pub fn header(&self, name: &str) -> Vec<String> {
        let values = self.0.headers.get(name).into_iter();
        values.map(text).collect()
    }

    /// When the request arrived.
    pub fn arrived(&self) -> Timestamp {
        self.0.arrived
    }

    /// The value of `X-Request-ID`, or a generated id.
    pub fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// Notes which organization the request is about, for the log.
    pub fn concerns(&self, organization: Uuid) {
        self.0.organization.set(Some(organization));
    }

    pub(crate) fn organization(&self) -> Option<Uuid> {
        self.0.organization.get()
    }
}

fn text(value: Vec<u8>) -> String {
    String::from_utf8(value)
        .unwrap_or_else(|fault| String::from_utf8_lossy(fault.as_bytes()).into_owned())
}
