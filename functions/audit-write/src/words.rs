//! The texts that an event may contain.

use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr},
};

use service::http::request_log::is_trace_id;
use vocabulary::Invalid;

use crate::api::events::Outcome;

/// The result of checking a text: the text itself, if it is valid. An empty text never is.
type Word<'a> = Result<Cow<'a, str>, Invalid>;

/// Checks an action.
pub fn action(text: Cow<'_, str>) -> Word<'_> {
    let expected = Invalid("1 to 100 of A-Z, a-z, 0-9 and _ . : / -");
    fit(text, is_action, expected)
}

/// The characters and the length of an [`action`].
pub fn is_action(text: &str) -> bool {
    is_name(text, 100)
}

/// Checks the kind of an actor or target.
pub fn kind(text: Cow<'_, str>) -> Word<'_> {
    let expected = Invalid("1 to 50 of A-Z, a-z, 0-9 and _ . : / -");
    fit(text, |text| is_name(text, 50), expected)
}

/// Checks the id of an actor or target within its kind.
pub fn id(text: Cow<'_, str>) -> Word<'_> {
    let expected = Invalid("1 to 255 characters, no control characters");
    fit(text, is_id, expected)
}

/// The characters and the length of an [`id`].
pub fn is_id(text: &str) -> bool {
    is_text(text, 255)
}

/// Checks the name of an actor or target for people.
pub fn name(text: Cow<'_, str>) -> Word<'_> {
    let expected = Invalid("1 to 200 characters, no control characters");
    fit(text, |text| is_text(text, 200), expected)
}

/// Reads an outcome.
pub fn outcome(text: Cow<'_, str>) -> Result<Outcome, Invalid> {
    text.parse()
        .map_err(|_| Invalid("success, failure or denied"))
}

/// Checks the `User-Agent` of the request.
pub fn user_agent(text: Cow<'_, str>) -> Word<'_> {
    let expected = Invalid("1 to 1,000 characters, no control characters");
    fit(text, |text| is_text(text, 1_000), expected)
}

/// Checks the id of the request.
pub fn request_id(text: Cow<'_, str>) -> Word<'_> {
    let expected = Invalid("1 to 128 printable ASCII characters");
    fit(text, is_request_id, expected)
}

/// The characters and the length of a [`request_id`].
pub fn is_request_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Checks the trace id of the request (W3C Trace Context, section 3.2.2.3).
pub fn trace_id(text: Cow<'_, str>) -> Word<'_> {
    let expected = Invalid("32 of 0-9 and a-f, not all of them 0");
    fit(text, is_trace_id, expected)
}

/// Reads an IP address, and returns its usual form.
pub fn ip(text: Cow<'_, str>) -> Word<'_> {
    // These have only one form.
    if text.parse::<Ipv4Addr>().is_ok() {
        return Ok(text);
    }
    let address: Result<IpAddr, _> = text.parse();
    address
        .map(|address| Cow::Owned(address.to_string()))
        .map_err(|_| Invalid("an IPv4 or IPv6 address"))
}

/// Reads a time, and returns it in UTC with microseconds.
pub fn moment(text: Cow<'_, str>) -> Result<String, Invalid> {
    let expected = Invalid("a time as RFC 3339 has it, with an offset and without leap seconds");
    clock::utc_to_keep(&text).ok_or(expected)
}

/// Reads a UUID in its hyphenated form.
pub fn uuid(text: Cow<'_, str>) -> Result<uuid::Uuid, Invalid> {
    vocabulary::id(&text).ok_or(Invalid("a UUID of 36 characters"))
}

/// Whether a text has no control characters, including those of C1.
pub fn is_clean(text: &str) -> bool {
    // Most texts are ASCII, which need not be decoded.
    text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.chars().any(char::is_control)
}

fn fit<'a>(text: Cow<'a, str>, fits: impl Fn(&str) -> bool, expected: Invalid) -> Word<'a> {
    if fits(&text) { Ok(text) } else { Err(expected) }
}

fn is_name(text: &str, most: usize) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:/-".contains(&byte);
    (1..=most).contains(&text.len()) && text.bytes().all(fits)
}

fn is_text(text: &str, most: usize) -> bool {
    // Most texts are so short that their characters need not be counted.
    let short = text.len() <= most || text.chars().count() <= most;
    !text.is_empty() && short && is_clean(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<'a>(word: fn(Cow<'a, str>) -> Word<'a>, fit: &[&'a str], unfit: &[&'a str]) {
        for text in fit {
            assert!(word(Cow::Borrowed(text)).is_ok(), "{text:?}");
        }
        for text in unfit.iter().chain(&[""]) {
            assert!(word(Cow::Borrowed(text)).is_err(), "{text:?}");
        }
    }

    #[test]
    fn names() {
        let unfit = ["", "a*", "a b", "é", "a\n", &"a".repeat(101)];
        let fit = ["file.read", "a:b/c_D-9", &"a".repeat(100)];
        check(action, &fit, &unfit);
        check(kind, &["user"], &[&"a".repeat(51)]);
    }

    #[test]
    fn lengths_count_characters() {
        let (fit, unfit) = ("é".repeat(255), "é".repeat(256));
        check(id, &[&fit, " "], &[&unfit, "", "\u{85}"]);
        let (fit, unfit) = ("é".repeat(200), "é".repeat(201));
        check(name, &[&fit], &[&unfit, "a\0b", "\u{7f}"]);
        let (fit, unfit) = ("x".repeat(1_000), "x".repeat(1_001));
        check(user_agent, &[&fit], &[&unfit, "\t"]);
    }

    #[test]
    fn ids_of_requests_and_traces() {
        let (fit, unfit) = ("~".repeat(128), "~".repeat(129));
        check(request_id, &[&fit, "a b"], &[&unfit, "é", ""]);
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        let unfit = [&*id.to_uppercase(), &id[1..], &"0".repeat(32)];
        check(trace_id, &[id], &unfit);
    }

    #[test]
    fn addresses_are_written_alike() {
        let read = |text| ip(Cow::Borrowed(text));
        assert_eq!(read("192.0.2.1").unwrap(), "192.0.2.1");
        assert_eq!(read("2001:DB8:0:0::1").unwrap(), "2001:db8::1");
        for unfit in [
            "",
            "1.2.3",
            "1.2.3.4/8",
            "fe80::1%eth0",
            "01.2.3.4",
            "example",
        ] {
            assert!(read(unfit).is_err(), "{unfit}");
        }
    }

    #[test]
    fn uuids_are_hyphenated() {
        let read = |text| uuid(Cow::Borrowed(text));
        let id = "01970000-0000-7000-8000-00000000000A";
        assert_eq!(read(id).unwrap().to_string(), id.to_lowercase());
        for unfit in ["", &id.replace('-', ""), &format!("{{{id}}}")] {
            assert!(read(unfit).is_err(), "{unfit}");
        }
    }
}
