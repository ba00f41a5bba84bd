//! An answer, before it is passed to the host.

use std::borrow::Cow;

use http::StatusCode;

use crate::problem::{Beside, Problem};

/// An answer to a request.
#[derive(Debug)]
pub struct Response {
    /// Its status.
    pub status: StatusCode,
    /// Names in lower case, and values of visible ASCII characters and spaces.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body, without its length, which is added when the answer is sent.
    pub body: Vec<u8>,
    /// The cause of a failure, for the log only.
    pub cause: Option<String>,
    /// Whether the request changed nothing, whatever its method is.
    pub is_read: bool,
}

impl Response {
    /// An answer without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            cause: None,
            is_read: false,
        }
    }

    /// An answer with a body of a media type.
    pub fn new(status: StatusCode, kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            ..Self::empty(status).with_header("content-type", kind)
        }
    }

    /// An answer with a body that is JSON already.
    pub fn json(status: StatusCode, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, "application/json", body)
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Marks the request as a read, which is not logged like a change.
    #[must_use]
    pub fn of_question(mut self) -> Self {
        self.is_read = true;
        self
    }

    /// Adds the cause of a failure, for the log only.
    #[must_use]
    pub fn with_cause(mut self, cause: Option<String>) -> Self {
        self.cause = cause;
        self
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| &**value)
    }
}

/// Serializes a body as JSON.
pub fn to_json(body: &impl serde::Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(body).map_err(|fault| Problem::internal(fault.to_string()))
}

impl From<Problem> for Response {
    fn from(mut problem: Problem) -> Self {
        let Beside { headers, cause } = *std::mem::take(&mut problem.beside);
        // Nothing in it can fail to serialize; an empty body would still carry the status.
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = Self::new(problem.status, "application/problem+json", body);
        response.headers.extend(headers);
        response.cause = cause;
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_stays_inside() {
        let response = Response::from(Problem::internal("relation does not exist"));
        assert_eq!(response.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(response.cause.is_some());
        let document = serde_json::to_string(&Problem::internal("relation does not exist"));
        assert!(!document.is_ok_and(|text| text.contains("relation")));
    }

    #[test]
    fn a_challenge_says_what_is_wrong_with_the_token() {
        let response = Response::from(Problem::unauthenticated(Some("the token has expired")));
        assert_eq!(
            response.header("www-authenticate"),
            Some(
                r#"Bearer realm="shell", error="invalid_token", error_description="the token has expired""#
            )
        );
    }
}
