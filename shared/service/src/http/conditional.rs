//! Conditional requests (RFC 9110, section 13): a reader that has the answer already gets 304.

use http::StatusCode;
use sha2::{Digest, Sha256};

use crate::http::response::Response;

/// An entity tag (RFC 9110, section 8.8.3) of a body, or of the data that determines it: the first half of the
/// SHA-256.
pub fn entity_tag(of: &[u8]) -> String {
    let digest = Sha256::digest(of);
    let (half, _) = digest.split_at(16);
    ["\"", &base16ct::lower::encode_string(half), "\""].concat()
}

/// `If-None-Match`: the tags of the copies that the client has.
pub struct IfNoneMatch(Vec<String>);

impl IfNoneMatch {
    /// The header's name.
    pub const HEADER: &str = "if-none-match";

    /// From the header's values.
    pub fn new(sent: Vec<String>) -> Self {
        Self(sent)
    }

    /// Whether it names the tag (RFC 9110, section 13.1.2: weak comparison).
    fn names(&self, tag: &str) -> bool {
        self.0
            .iter()
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .any(|named| named == "*" || named.strip_prefix("W/").unwrap_or(named) == tag)
    }
}

/// A JSON answer with its `ETag`, or 304 if the caller has it already.
pub fn json(has: &IfNoneMatch, body: Vec<u8>) -> Response {
    let tag = entity_tag(&body);
    json_tagged(has, tag, body)
}

/// The same with an entity tag that identifies the version.
pub fn json_tagged(has: &IfNoneMatch, tag: String, body: Vec<u8>) -> Response {
    if has.names(&tag) {
        tagged(Response::empty(StatusCode::NOT_MODIFIED), tag)
    } else {
        written(StatusCode::OK, tag, body)
    }
}

/// The content after a change, with its entity tag.
pub fn written(status: StatusCode, tag: String, body: Vec<u8>) -> Response {
    tagged(Response::json(status, body), tag)
}

fn tagged(response: Response, tag: String) -> Response {
    response
        .with_header("etag", tag)
        // A shared cache must not show one caller's answer to another caller.
        .with_header("cache-control", "private, no-cache")
        .with_header("vary", "Authorization, Shell-Organization")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(if_none_match: &str, tag: &str, named: bool) {
        let has = IfNoneMatch::new(vec![if_none_match.to_owned()]);
        assert_eq!(has.names(tag), named, "{if_none_match}");
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
