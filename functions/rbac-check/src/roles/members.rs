//! The body of `PUT /v1/roles/{role}/members/{user}`, validated.

use serde_json::value::RawValue;
use service::{
    http::{fields::Fields, json},
    problem::Problem,
};
use vocabulary::Invalid;

use crate::api::members::RoleMemberContent;

/// Checks a body, which may be missing, and the path's user. A time is converted to UTC.
pub fn content(user: &str, body: &str) -> Result<(String, RoleMemberContent), Problem> {
    let is_absent = matches!(body.trim_ascii(), "" | "null");
    let body = if is_absent { "{}" } else { body };
    let body: &RawValue =
        serde_json::from_str(body).map_err(|fault| Problem::invalid_json(fault.to_string()))?;
    let mut fields = Fields::new(body)?;
    let user = fields.judge("user", vocabulary::external_id(user));
    let valid_until = fields.optional("valid_until", moment);
    let whole = || {
        let content = RoleMemberContent {
            valid_until: valid_until?,
        };
        Some((user?.to_owned(), content))
    };
    fields.finish(whole())
}

fn moment(sent: &RawValue) -> Result<String, Invalid> {
    let text = json::text(sent.get()).ok();
    let moment = text.and_then(|text| clock::utc_to_keep(&text));
    moment.ok_or(Invalid(
        "a time in RFC 3339 format, with an offset and without leap seconds",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_moment_there_is_no_end() {
        for body in [
            "",
            " \n",
            "null",
            "{}",
            r#"{"valid_until": null, "more": 1}"#,
        ] {
            let (user, content) = content("al", body).unwrap();
            assert_eq!((user.as_str(), content.valid_until), ("al", None), "{body}");
        }
    }

    #[test]
    fn moments_are_read_as_utc() {
        let read = |body: &str| content("al", body).unwrap().1.valid_until;
        for (sent, kept) in [
            ("2030-01-31T14:00:00+02:00", "2030-01-31T12:00:00.000000Z"),
            (
                "1999-12-31T23:59:59.1234567Z",
                "1999-12-31T23:59:59.123456Z",
            ),
        ] {
            let body = format!(r#"{{"valid_until": "{sent}"}}"#);
            assert_eq!(read(&body).as_deref(), Some(kept));
        }
    }

    #[test]
    fn faults() {
        let pointers = |user: &str, body: &str| {
            let problem = content(user, body).unwrap_err();
            let document = serde_json::to_value(problem).unwrap();
            let errors = document["errors"].as_array().cloned().unwrap_or_default();
            let pointer = |error: &serde_json::Value| error["pointer"].as_str().unwrap().to_owned();
            errors.iter().map(pointer).collect::<Vec<_>>()
        };
        for unfit in [
            r#""soon""#,
            "1",
            "[]",
            r#""\ud800""#,
            r#""2030-06-30T23:59:60Z""#,
        ] {
            let body = format!(r#"{{"valid_until": {unfit}}}"#);
            assert_eq!(pointers("a\0", &body), ["/user", "/valid_until"], "{unfit}");
        }
        assert_eq!(pointers("al", "[]"), [""]);
        assert!(pointers("al", "{").is_empty());
    }
}
