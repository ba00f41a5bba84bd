//! Conditional requests (RFC 9110, section 13): a reader that has the answer already gets 304.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use sha2::{Digest, Sha256};

/// What an answer has, and a few: a map that grows is built twice.
const MOST_HEADERS: usize = 12;

/// An entity tag (RFC 9110, section 8.8.3) of a body, or of whatever else it follows from: the first
/// half of the SHA-256.
pub fn entity_tag(of: &[u8]) -> String {
    let digest = Sha256::digest(of);
    let (half, _) = digest.split_at(16);
    ["\"", &base16ct::lower::encode_string(half), "\""].concat()
}

/// What `If-None-Match` names: what the reader has.
pub struct IfNoneMatch(Vec<HeaderValue>);

impl IfNoneMatch {
    /// Of a request.
    pub fn new(headers: &HeaderMap) -> Self {
        let sent = headers.get_all(header::IF_NONE_MATCH);
        Self(sent.iter().cloned().collect())
    }

    /// Whether it names the tag (RFC 9110, section 13.1.2: compared weakly).
    fn names(&self, tag: &str) -> bool {
        self.0
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .any(|named| named == "*" || named.strip_prefix("W/").unwrap_or(named) == tag)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::new(&parts.headers))
    }
}

/// A JSON answer with its `ETag`, or 304 where the caller has it already.
pub fn json(request: &IfNoneMatch, body: Vec<u8>) -> Response {
    let tag = entity_tag(&body);
    json_tagged(request, tag, body)
}

/// The same with an entity tag that says which version this is.
pub fn json_tagged(request: &IfNoneMatch, tag: String, body: Vec<u8>) -> Response {
    if request.names(&tag) {
        tagged(StatusCode::NOT_MODIFIED.into_response(), tag)
    } else {
        written(StatusCode::OK, tag, body)
    }
}

/// What stands after a change, with its entity tag.
pub fn written(status: StatusCode, tag: String, body: Vec<u8>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    *response.headers_mut() = HeaderMap::with_capacity(MOST_HEADERS);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    tagged(response, tag)
}

fn tagged(mut response: Response, tag: String) -> Response {
    let headers = response.headers_mut();
    headers.extend(
        HeaderValue::try_from(tag)
            .ok()
            .map(|tag| (header::ETAG, tag)),
    );
    // What one caller sees, no shared cache may show another.
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    headers.insert(
        header::VARY,
        HeaderValue::from_static("Authorization, Shell-Organization"),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(if_none_match: &str, tag: &str, named: bool) {
        let mut headers = HeaderMap::new();
        headers.extend(HeaderValue::from_str(if_none_match).map(|v| (header::IF_NONE_MATCH, v)));
        assert_eq!(
            IfNoneMatch::new(&headers).names(tag),
            named,
            "{if_none_match}"
        );
    }

    #[test]
    fn which_tags_are_named() {
        check(r#""a""#, r#""a""#, true);
        check(r#"W/"a""#, r#""a""#, true);
        check(r#""b", "a""#, r#""a""#, true);
        check("*", r#""a""#, true);
        check(r#""b""#, r#""a""#, false);
        check("a", r#""a""#, false);
        check("", r#""a""#, false);
    }

    #[test]
    fn a_tag_follows_the_body() {
        assert_eq!(entity_tag(b"x"), entity_tag(b"x"));
        assert_ne!(entity_tag(b"x"), entity_tag(b"y"));
        assert_eq!(entity_tag(b"").len(), 34);
    }
}
