//! What the texts of an event may be.

use std::{borrow::Cow, net::IpAddr};

use serde_json::value::RawValue;
use service::request_log::is_trace_id;
use vocabulary::Unfit;

use crate::json;

/// What reads one field: the text that it stands for, if it fits.
type Word<'a> = Result<Cow<'a, str>, Unfit>;

/// Names what was done.
pub fn action(raw: &RawValue) -> Word<'_> {
    fit(raw, is_action, ACTION)
}

/// The letters of [`action`], of which there may be so many.
pub fn is_action(text: &str) -> bool {
    is_name(text, 100)
}

const ACTION: Unfit = Unfit("1 to 100 of A-Z, a-z, 0-9 and _ . : / -");

/// Names a kind of actor or target.
pub fn kind(raw: &RawValue) -> Word<'_> {
    let expected = Unfit("1 to 50 of A-Z, a-z, 0-9 and _ . : / -");
    fit(raw, |text| is_name(text, 50), expected)
}

/// Identifies an actor or a target among those of its kind.
pub fn id(raw: &RawValue) -> Word<'_> {
    let expected = Unfit("1 to 255 characters, no control characters");
    fit(raw, is_id, expected)
}

/// The characters of [`id`].
pub fn is_id(text: &str) -> bool {
    is_text(text, 255)
}

/// Names an actor or a target to people.
pub fn name(raw: &RawValue) -> Word<'_> {
    let expected = Unfit("1 to 200 characters, no control characters");
    fit(raw, |text| is_text(text, 200), expected)
}

/// The header of the request that was served.
pub fn user_agent(raw: &RawValue) -> Word<'_> {
    let expected = Unfit("1 to 1,000 characters, no control characters");
    fit(raw, |text| is_text(text, 1_000), expected)
}

/// The id of the request that was served.
pub fn request_id(raw: &RawValue) -> Word<'_> {
    let expected = Unfit("1 to 128 printable ASCII characters");
    fit(raw, is_request_id, expected)
}

/// The characters of [`request_id`].
pub fn is_request_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// The trace of the request that was served (W3C Trace Context, section 3.2.2.3).
pub fn trace_id(raw: &RawValue) -> Word<'_> {
    let expected = Unfit("32 of 0-9 and a-f, not all of them 0");
    fit(raw, is_trace_id, expected)
}

/// An address, written as everybody writes it.
pub fn ip(raw: &RawValue) -> Result<String, Unfit> {
    let expected = Unfit("an IPv4 or IPv6 address");
    let address: IpAddr = text(raw, &expected)?.parse().map_err(|_| expected)?;
    Ok(address.to_string())
}

/// A moment, in UTC to the microsecond.
pub fn moment(raw: &RawValue) -> Result<String, Unfit> {
    let expected = Unfit("a time as RFC 3339 has it, with an offset and without leap seconds");
    let text = text(raw, &expected)?;
    // It would be recorded as the moment before it.
    if text.get(16..19) == Some(":60") {
        return Err(expected);
    }
    clock::utc(&text).ok_or(expected)
}

/// A UUID in its hyphenated form.
pub fn uuid(raw: &RawValue) -> Result<uuid::Uuid, Unfit> {
    let expected = Unfit("a UUID of 36 characters");
    vocabulary::id(&text(raw, &expected)?).ok_or(expected)
}

/// Whether a text has no control characters, C1 included.
pub fn is_clean(text: &str) -> bool {
    // Most texts are ASCII, which need not be decoded.
    text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.chars().any(char::is_control)
}

fn fit<'a>(raw: &'a RawValue, fits: impl Fn(&str) -> bool, expected: Unfit) -> Word<'a> {
    let text = text(raw, &expected)?;
    if fits(&text) { Ok(text) } else { Err(expected) }
}

fn text<'a>(raw: &'a RawValue, expected: &Unfit) -> Word<'a> {
    if raw.get().starts_with('"') {
        json::text(raw.get())
    } else {
        Err(expected.clone())
    }
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

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(serde_json::to_string(text).unwrap()).unwrap()
    }

    fn check(read: impl Fn(&RawValue) -> bool, fit: &[&str], unfit: &[&str]) {
        for text in fit {
            assert!(read(&raw(text)), "{text:?}");
        }
        for text in unfit {
            assert!(!read(&raw(text)), "{text:?}");
        }
        assert!(!read(RawValue::NULL));
    }

    #[test]
    fn names() {
        let unfit = ["", "a*", "a b", "é", "a\n", &"a".repeat(101)];
        let fit = ["file.read", "a:b/c_D-9", &"a".repeat(100)];
        check(|raw| action(raw).is_ok(), &fit, &unfit);
        check(|raw| kind(raw).is_ok(), &["user"], &[&"a".repeat(51)]);
    }

    #[test]
    fn lengths_count_characters() {
        let (fit, unfit) = ("é".repeat(255), "é".repeat(256));
        check(|raw| id(raw).is_ok(), &[&fit, " "], &[&unfit, "", "\u{85}"]);
        let (fit, unfit) = ("é".repeat(200), "é".repeat(201));
        check(
            |raw| name(raw).is_ok(),
            &[&fit],
            &[&unfit, "a\0b", "\u{7f}"],
        );
        let (fit, unfit) = ("x".repeat(1_000), "x".repeat(1_001));
        check(|raw| user_agent(raw).is_ok(), &[&fit], &[&unfit, "\t"]);
    }

    #[test]
    fn ids_of_requests_and_traces() {
        let (fit, unfit) = ("~".repeat(128), "~".repeat(129));
        check(
            |raw| request_id(raw).is_ok(),
            &[&fit, "a b"],
            &[&unfit, "é", ""],
        );
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        let unfit = [&*id.to_uppercase(), &id[1..], &"0".repeat(32)];
        check(|raw| trace_id(raw).is_ok(), &[id], &unfit);
    }

    #[test]
    fn addresses_are_written_alike() {
        let read = |text| ip(&raw(text));
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
        let read = |text| uuid(&raw(text));
        let id = "01970000-0000-7000-8000-00000000000A";
        assert_eq!(read(id).unwrap().to_string(), id.to_lowercase());
        for unfit in ["", &id.replace('-', ""), &format!("{{{id}}}")] {
            assert!(read(unfit).is_err(), "{unfit}");
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_told_apart() {
        let raw: &RawValue = serde_json::from_str(r#""\ud800""#).unwrap();
        assert!(id(raw).unwrap_err().0.contains("Unicode"));
    }
}
