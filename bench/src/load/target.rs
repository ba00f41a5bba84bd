//! The content of a request.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use hyper::{Method, Request, StatusCode, http};

/// What all requests to it have in common.
#[derive(Clone, Debug)]
pub struct Target {
    /// The server's address.
    pub address: SocketAddr,
    /// The method.
    pub method: Method,
    /// The path.
    pub path: String,
    /// The headers other than those with the token and the host.
    pub headers: HeaderMap,
    /// The body; may be empty.
    pub body: Bytes,
    /// The expected status.
    pub expected: StatusCode,
}

impl Target {
    /// A GET of something that exists.
    pub fn get(address: SocketAddr, path: impl Into<String>) -> Self {
        Self {
            address,
            method: Method::GET,
            path: path.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            expected: StatusCode::OK,
        }
    }

    /// A POST of JSON that creates something.
    pub fn post(address: SocketAddr, path: impl Into<String>, json: impl Into<Bytes>) -> Self {
        let kind = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self {
            method: Method::POST,
            headers: [kind].into_iter().collect(),
            body: json.into(),
            expected: StatusCode::CREATED,
            ..Self::get(address, path)
        }
    }

    /// The request with one caller's token.
    pub(super) fn request(
        &self,
        host: HeaderValue,
        token: HeaderValue,
    ) -> http::Result<Request<Full<Bytes>>> {
        let mut request = Request::builder()
            .method(&self.method)
            .uri(&self.path)
            .header(HOST, host)
            .header(AUTHORIZATION, token);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(self.body.clone().into())
    }
}
