//! A cell that contains a JSON object. It is sent to PostgreSQL as it is written, since parsing it would round its
//! numbers.

use serde_json::value::RawValue;
use vocabulary::{
    Invalid, Place,
    object::{self, Bound},
};

const NO_OBJECT: Invalid = Invalid("a JSON object, or nothing");

/// Reads an object; an empty text is one without members. If it has several errors, the first one is returned.
pub fn read<'a>(text: &'a str, bound: &Bound) -> Result<&'a RawValue, Invalid> {
    let text = if text.is_empty() { "{}" } else { text };
    if !text.starts_with('{') {
        return Err(NO_OBJECT);
    }
    let object = serde_json::from_str(text).map_err(|_| NO_OBJECT)?;
    let mut first = None;
    object::check(object, bound, &Place::Whole, &mut |_, unfit| {
        first.get_or_insert(unfit);
    });
    first.map_or(Ok(object), Err)
}

#[cfg(test)]
mod tests {
    use vocabulary::object::ATTRIBUTES;

    use super::*;

    #[test]
    fn objects_stay_as_they_are_written() {
        for object in [
            "{}",
            r#"{"team": "a", "path": "C:\\u0000", "é": "\u00e9\ud83d\ude00\""}"#,
            r#"{"n": [12345678901234567890123, 1e300, -1.50E-3, 0, 1.10]}"#,
        ] {
            assert_eq!(read(object, &ATTRIBUTES).unwrap().get(), object);
        }
        assert_eq!(read("", &ATTRIBUTES).unwrap().get(), "{}");
    }

    #[test]
    fn everything_else_is_told_as_what_it_is() {
        for (text, expected) in [
            ("[]", NO_OBJECT.0),
            ("\"x\"", NO_OBJECT.0),
            ("{", NO_OBJECT.0),
            ("{'a': 1}", NO_OBJECT.0),
            (r#"{"a": 01}"#, NO_OBJECT.0),
            (r#"{"a": NaN}"#, NO_OBJECT.0),
            ("{} {}", NO_OBJECT.0),
            (r#"{"a": "\u0000", "a": 1}"#, "no NUL characters"),
            (r#"{"a": 1, "a": 1}"#, "no duplicate names in an object"),
            (r#"{"a": 1e309}"#, "a number in the range of a double"),
        ] {
            assert_eq!(read(text, &ATTRIBUTES).unwrap_err().0, expected, "{text}");
        }
        let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(ATTRIBUTES.bytes));
        assert!(read(&long, &ATTRIBUTES).is_err());
        assert!(read(&long, &vocabulary::object::PROPERTIES).is_ok());
    }
}
