//! The log: one JSON line for each request that an operator needs to see.

use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

/// Which requests get a line: the variable `request_log`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Policy {
    /// Every change, refusal and failure.
    Changes,
    /// Every request.
    All,
}

impl Policy {
    /// `all` is `All`; with any other value, only the lines of `Changes` are logged.
    pub fn from_variable(value: &str) -> Self {
        if value == "all" {
            Self::All
        } else {
            Self::Changes
        }
    }

    /// Whether a request with this outcome gets a line.
    pub fn covers(self, is_read: bool, status: StatusCode) -> bool {
        let refused = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        let changed = !is_read && status.is_success();
        self == Self::All || refused || changed || status.is_server_error()
    }
}

/// The line. It never contains a token, a secret or a personal field.
#[derive(Debug, Serialize)]
pub struct Line<'a> {
    /// When the request was answered, in the format of RFC 3339.
    pub time: String,
    /// The value of `X-Request-ID`, or a generated id.
    pub request_id: &'a str,
    /// The trace id of `traceparent` (W3C Trace Context, section 3.2.2.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<&'a str>,
    /// The request's method.
    pub method: &'a str,
    /// The pattern that matched the path, not the path.
    pub route: &'a str,
    /// The response's status.
    pub status: u16,
    /// The time from the request's arrival to its answer.
    pub duration_us: u64,
    /// The tenant, once known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<Uuid>,
    /// Why it failed, if the answer does not say; why the token was refused, or gives access to no tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'a str>,
}

/// The request id to use: the caller's, if it fits into a header and a log line.
pub fn usable_request_id(sent: &str) -> bool {
    (1..=128).contains(&sent.len()) && sent.bytes().all(|b| b.is_ascii_graphic())
}

/// The trace id in a `traceparent` (W3C Trace Context, section 3.2.2): 32 hex digits, not all zero.
pub fn trace_id(traceparent: &str) -> Option<&str> {
    let mut fields = traceparent.split('-');
    let (version, trace) = (fields.next()?, fields.next()?);
    let fits = version.len() == 2 && is_hex(version) && version != "ff" && is_trace_id(trace);
    fits.then_some(trace)
}

/// Whether a text is a trace id (W3C Trace Context, section 3.2.2.3).
pub fn is_trace_id(text: &str) -> bool {
    text.len() == 32 && is_hex(text) && text.bytes().any(|b| b != b'0')
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gets_a_line() {
        const READ: bool = true;
        let covers = |is_read: bool, status: u16| {
            Policy::Changes.covers(is_read, StatusCode::from_u16(status).unwrap())
        };
        assert!(!covers(READ, 200));
        assert!(!covers(READ, 404));
        assert!(covers(READ, 401));
        assert!(covers(READ, 403));
        assert!(covers(READ, 503));
        assert!(covers(!READ, 201));
        assert!(!covers(!READ, 422));
        assert!(Policy::All.covers(READ, StatusCode::OK));
    }

    #[test]
    fn ids_from_outside() {
        assert!(usable_request_id("7b1c-2"));
        assert!(!usable_request_id(""));
        assert!(!usable_request_id("two words"));
        assert!(!usable_request_id(&"x".repeat(129)));
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(trace_id(&format!("00-{id}-00f067aa0ba902b7-01")), Some(id));
        assert_eq!(
            trace_id("00-00000000000000000000000000000000-00f067aa0ba902b7-01"),
            None
        );
        assert_eq!(trace_id("00-short-00f067aa0ba902b7-01"), None);
        assert_eq!(trace_id(""), None);
    }
}
