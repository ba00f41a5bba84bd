//! The requested page.

use std::borrow::Cow;

use serde_json::value::RawValue;
use service::http::json;
use vocabulary::{Invalid, integer};

use crate::evaluating::{
    entities::{Sent, sent},
    fields::{Faults, Fields, add},
};

/// The maximum number of results on a page, and the default.
pub const MOST: usize = 1_000;

/// The requested page.
#[derive(Debug, Default)]
pub struct Paging<'a> {
    /// The `next_token` of the page before.
    pub token: Option<Cow<'a, str>>,
    /// The maximum number of results; a number above [`MOST`] counts as [`MOST`].
    pub limit: Option<usize>,
    /// They have no meaning, but must be the same for each page.
    pub properties: Option<Sent<'a>>,
}

/// Reads the `page` of a request.
pub fn read<'a>(raw: Option<&'a RawValue>, faults: &mut Faults) -> Paging<'a> {
    let fields = raw.and_then(|raw| Fields::new(raw, "/page", faults));
    let Some(fields) = fields else {
        return Paging::default();
    };
    let token = fields.get("token").map(|raw| json::text(raw.get()).ok());
    if token == Some(None) {
        add(faults, "/page/token", &Invalid("a text"));
    }
    let limit = fields.get("limit").map(|raw| limit(raw.get()));
    if limit == Some(None) {
        let expected = Invalid("an integer, 0 or more");
        add(faults, "/page/limit", &expected);
    }
    Paging {
        token: token.flatten(),
        limit: limit.flatten(),
        properties: sent(fields.get("properties"), "/page/properties", faults),
    }
}

/// Reads a limit. One that is out of range counts as the maximum.
fn limit(json: &str) -> Option<usize> {
    match integer(json) {
        Some(number) => Some(usize::try_from(number).ok()?.min(MOST)),
        None => is_huge(json).then_some(MOST),
    }
}

/// Whether the number is an integer beyond 64 bits: no double of that size has a fraction.
fn is_huge(json: &str) -> bool {
    let number = serde_json::from_str::<f64>(json);
    number.is_ok_and(|number| number >= 9e18)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(page: &str, expected: Result<Option<usize>, &[&str]>) {
        let mut faults = Faults::new();
        let raw = serde_json::from_str(page).unwrap();
        let paging = read(Some(raw), &mut faults);
        let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        match expected {
            Ok(limit) => {
                assert_eq!(pointers, [] as [&str; 0], "{page}");
                assert_eq!(paging.limit, limit, "{page}");
            }
            Err(expected) => assert_eq!(pointers, expected, "{page}"),
        }
    }

    #[test]
    fn limits() {
        check("{}", Ok(None));
        check(r#"{"else":null}"#, Ok(None));
        for (limit, count) in [
            ("0", 0),
            ("-0", 0),
            ("1", 1),
            ("2.0", 2),
            ("1e2", 100),
            ("1000", 1_000),
            ("1001", 1_000),
            ("18446744073709551616", 1_000),
            ("1e300", 1_000),
        ] {
            check(&format!(r#"{{"limit":{limit}}}"#), Ok(Some(count)));
        }
        for limit in [
            "-1", "-1e300", "0.5", "1.5", "1e-1", "null", "\"1\"", "[]", "true",
        ] {
            check(&format!(r#"{{"limit":{limit}}}"#), Err(&["/page/limit"]));
        }
    }

    #[test]
    fn tokens_and_properties() {
        check(r#"{"token":"abc","properties":{}}"#, Ok(None));
        check(r#"{"token":null}"#, Err(&["/page/token"]));
        check(
            r#"{"token":1,"limit":-1,"properties":[]}"#,
            Err(&["/page/token", "/page/limit", "/page/properties"]),
        );
        for page in ["null", "1", "[]", "\"\""] {
            check(page, Err(&["/page"]));
        }
    }
}
