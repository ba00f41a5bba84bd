//! A cell that holds a JSON object. It is checked without being read into values, since those would
//! round numbers, and goes to PostgreSQL as it is written.

use serde_json::value::RawValue;
use vocabulary::Invalid;

/// Bytes of the longest, its numbers written out as PostgreSQL writes them: `1e400` has 401 digits.
/// What is within it is within what PostgreSQL can keep of a number.
const LONGEST: usize = 16 * 1024;

/// Levels of objects and arrays, its own included.
const DEEPEST: usize = 64;

const NO_OBJECT: Invalid = Invalid("a JSON object, or nothing");
const TOO_LONG: Invalid =
    Invalid("a JSON object of at most 16 KiB, with numbers such as 1e400 written out");
const TOO_DEEP: Invalid = Invalid("a JSON object of at most 64 levels of objects and arrays");
const NO_UNICODE: Invalid = Invalid("a JSON object without half of a surrogate pair");
/// PostgreSQL keeps none in a text.
const HOLDS_NUL: Invalid = Invalid("a JSON object without NUL characters");

/// Reads an object; an empty text is one without members.
pub fn read(text: &str) -> Result<&RawValue, Invalid> {
    let text = if text.is_empty() { "{}" } else { text };
    if !text.starts_with('{') {
        return Err(NO_OBJECT);
    }
    let object = serde_json::from_str(text).map_err(|_| NO_OBJECT)?;
    check(text).map(|()| object)
}

/// Checks a text that is JSON by its form.
fn check(text: &str) -> Result<(), Invalid> {
    let mut length = text.len();
    let mut level = 0;
    let mut rest = text;
    while let Some(first) = rest.bytes().next() {
        let size = match first {
            b'"' => string_size(rest),
            b'-' | b'0'..=b'9' => number_size(rest),
            // All else that is no string is ASCII.
            _ => 1,
        };
        let (token, behind) = rest.split_at_checked(size).ok_or(NO_OBJECT)?;
        match first {
            b'"' => check_string(token)?,
            b'-' | b'0'..=b'9' => {
                length = length.saturating_add(written_out(token).saturating_sub(size));
            }
            b'{' | b'[' => level += 1,
            b'}' | b']' => level -= 1,
            _ => {}
        }
        if level > DEEPEST {
            return Err(TOO_DEEP);
        }
        rest = behind;
    }
    if length > LONGEST {
        Err(TOO_LONG)
    } else {
        Ok(())
    }
}

/// The bytes of the string at the beginning, quotes included.
fn string_size(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |before| before + 2)
}

fn number_size(text: &str) -> usize {
    let end = text
        .bytes()
        .position(|byte| !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    end.unwrap_or(text.len())
}

fn check_string(json: &str) -> Result<(), Invalid> {
    if !json.contains('\\') {
        return Ok(());
    }
    // The form is a string's, so what can be wrong with it is half of a pair.
    let text: String = serde_json::from_str(json).map_err(|_| NO_UNICODE)?;
    if text.contains('\0') {
        Err(HOLDS_NUL)
    } else {
        Ok(())
    }
}

/// Characters of a number without an exponent; at least as many as it has digits then.
fn written_out(number: &str) -> usize {
    let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let characters = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    // An exponent that is no i64 is far beyond anything that fits.
    let exponent: i64 = exponent.parse().unwrap_or(i64::MAX);
    let before = characters(whole.len()).saturating_add(exponent).max(1);
    let behind = characters(fraction.len()).saturating_sub(exponent).max(0);
    usize::try_from(before.saturating_add(behind)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_stay_as_they_are_written() {
        for object in [
            "{}",
            r#"{"team": "a", "path": "C:\\u0000", "é": "\u00e9\ud83d\ude00\""}"#,
            r#"{"n": [12345678901234567890123, 1e400, -1.50E-3, 0, 1.10]}"#,
            r#"{"n": 1e16000, "m": "1e99999"}"#,
        ] {
            assert_eq!(read(object).unwrap().get(), object);
        }
        assert_eq!(read("").unwrap().get(), "{}");
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(63), "]".repeat(63));
        assert!(read(&deep).is_ok());
        let longest = format!(r#"{{"a":"{}"}}"#, "x".repeat(LONGEST - 8));
        assert!(read(&longest).is_ok());
    }

    #[test]
    fn everything_else_is_told_as_what_it_is() {
        for (text, expected) in [
            ("[]", NO_OBJECT),
            ("\"x\"", NO_OBJECT),
            ("{", NO_OBJECT),
            ("{'a': 1}", NO_OBJECT),
            (r#"{"a": 01}"#, NO_OBJECT),
            (r#"{"a": NaN}"#, NO_OBJECT),
            ("{} {}", NO_OBJECT),
            (r#"{"a": "\u0000"}"#, HOLDS_NUL),
            (r#"{"\u0000": 1}"#, HOLDS_NUL),
            (r#"{"a": ["\ud800"]}"#, NO_UNICODE),
            (r#"{"a": 1e16384}"#, TOO_LONG),
            (r#"{"a": 1e-16384}"#, TOO_LONG),
            (r#"{"a": 1e99999999999999999999}"#, TOO_LONG),
            (r#"{"a": -1E-99999999999999999999}"#, TOO_LONG),
            (r#"{"a": [1e9000, 1e9000]}"#, TOO_LONG),
        ] {
            assert_eq!(read(text).unwrap_err(), expected, "{text}");
        }
        let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(LONGEST - 7));
        assert_eq!(read(&long).unwrap_err(), TOO_LONG);
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(64), "]".repeat(64));
        assert_eq!(read(&deep).unwrap_err(), TOO_DEEP);
        let deeper = format!("{{\"a\":{}{}}}", "[".repeat(8_000), "]".repeat(8_000));
        assert_eq!(read(&deeper).unwrap_err(), TOO_DEEP);
    }

    #[test]
    fn numbers_written_out() {
        for (number, characters) in [("0", 1), ("-12", 3), ("1e3", 4), ("1.5e3", 4), ("15e-3", 4)] {
            assert_eq!(written_out(number), characters, "{number}");
        }
    }
}
