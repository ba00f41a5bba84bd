//! What a request asks for.

use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use hyper::{Method, Request, StatusCode, http};

/// What every request of a round asks for.
#[derive(Clone, Debug)]
pub struct Target {
    /// Who answers.
    pub address: SocketAddr,
    /// What is to be done.
    pub method: Method,
    /// The path that is asked for.
    pub path: String,
    /// Beside the token and the host.
    pub headers: HeaderMap,
    /// What is sent, perhaps nothing.
    pub body: Bytes,
    /// The status of a good answer.
    pub expected: StatusCode,
}

impl Target {
    /// Asks for something that is there.
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

    /// Sends JSON that makes something new.
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

    /// The request of one caller.
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
