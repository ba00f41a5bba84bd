//! The Shell's answers.

use serde_json::Value;
use ureq::http::HeaderMap;

/// A response, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as text.
    pub body: String,
}

impl Answer {
    /// The header's value, if it exists.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {} {}", self.status, self.body))
    }

    /// Asserts this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// Asserts a problem document (RFC 9457) of this type.
    #[track_caller]
    pub fn expect_problem(self, status: u16, kind: &str) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        let document = self.json();
        assert_eq!(
            document["type"],
            format!("urn:shell:problem:{kind}"),
            "{document}"
        );
        assert_eq!(document["status"], status);
        assert!(document["title"].is_string());
        self
    }

    /// The slugs of a list's items.
    #[track_caller]
    pub fn slugs(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{}", self.body);
        let document = self.json();
        let items = document["items"].as_array().expect("a list has items");
        let slug = |item: &Value| {
            item["slug"]
                .as_str()
                .expect("an item has a slug")
                .to_owned()
        };
        items.iter().map(slug).collect()
    }

    /// The `ETag`.
    #[track_caller]
    pub fn tag(&self) -> String {
        self.header("etag").expect("an ETag").to_owned()
    }

    /// The pointers to the errors in a body; each error must say what was expected.
    #[track_caller]
    pub fn pointers(&self) -> Vec<String> {
        let document = self.json();
        let errors = document["errors"].as_array().expect("errors");
        let pointer = |error: &Value| {
            assert!(
                error["detail"].as_str().is_some_and(|d| d.len() > 5),
                "{error}"
            );
            error["pointer"].as_str().expect("a pointer").to_owned()
        };
        errors.iter().map(pointer).collect()
    }
}
