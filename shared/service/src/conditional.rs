//! Conditional requests (RFC 9110, section 13): a reader that has the answer already gets 304.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

/// A strong entity tag (RFC 9110, section 8.8.3): the first half of the SHA-256 of the body.
pub fn entity_tag(body: &[u8]) -> String {
    use std::fmt::Write;
    let digest = Sha256::digest(body);
    let mut tag = String::with_capacity(34);
    tag.push('"');
    for byte in digest.iter().take(16) {
        // Writing to a String cannot fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

/// Whether `If-None-Match` names the tag (RFC 9110, section 13.1.2: compared weakly).
pub fn none_match_names(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|named| named == "*" || named.strip_prefix("W/").unwrap_or(named) == tag)
}

/// A JSON answer with its `ETag`, or 304 where the caller has it already.
pub fn json(request: &HeaderMap, body: Vec<u8>) -> Response {
    let tag = entity_tag(&body);
    json_tagged(request, tag, body)
}

/// The same with an entity tag that says which version this is.
pub fn json_tagged(request: &HeaderMap, tag: String, body: Vec<u8>) -> Response {
    if none_match_names(request, &tag) {
        tagged(StatusCode::NOT_MODIFIED.into_response(), tag)
    } else {
        written(StatusCode::OK, tag, body)
    }
}

/// What stands after a change, with its entity tag.
pub fn written(status: StatusCode, tag: String, body: Vec<u8>) -> Response {
    let json = HeaderValue::from_static("application/json");
    let response = (status, [(header::CONTENT_TYPE, json)], body).into_response();
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
        assert_eq!(none_match_names(&headers, tag), named, "{if_none_match}");
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
