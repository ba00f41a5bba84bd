//! The members of an object, read by name. Unlike elsewhere in the Shell's contract, null is a value like any
//! other, and valid for no field.

use std::borrow::Cow;

use serde_json::value::RawValue;
use service::{http::json, problem::FieldError};
use vocabulary::Invalid;

/// The errors so far.
pub type Faults = Vec<FieldError>;

/// Adds an error at a place.
pub fn add(faults: &mut Faults, pointer: impl Into<String>, expected: &Invalid) {
    faults.push(FieldError {
        pointer: pointer.into(),
        detail: expected.to_string(),
    });
}

/// An object's members. Those that are not read are ignored.
pub struct Fields<'a> {
    members: Vec<(Cow<'a, str>, &'a RawValue)>,
    place: &'static str,
}

impl<'a> Fields<'a> {
    /// The object at a place, as a pointer; anything else is an error.
    pub fn new(raw: &'a RawValue, place: &'static str, faults: &mut Faults) -> Option<Self> {
        let Some(members) = json::members(raw) else {
            add(faults, place, &Invalid("an object"));
            return None;
        };
        let members = members.into_iter();
        Some(Self {
            members: members
                .filter_map(|(name, value)| Some((json::text(name).ok()?, value)))
                .collect(),
            place,
        })
    }

    /// A member as it was sent.
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        let mut members = self.members.iter();
        members.find_map(|(known, value)| (known == name).then_some(*value))
    }

    /// A required text that must be valid.
    pub fn text(
        &self,
        name: &str,
        fits: fn(&str) -> Result<&str, Invalid>,
        faults: &mut Faults,
    ) -> Option<Cow<'a, str>> {
        // The error that a check returns for an empty text says what is expected.
        let sent = self.get(name).map_or("", RawValue::get);
        let text = json::text(sent).unwrap_or_default();
        match fits(&text) {
            Ok(_) => Some(text),
            Err(expected) => {
                add(faults, format!("{}/{name}", self.place), &expected);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: Option<&str>) {
        let mut faults = Faults::new();
        let raw = serde_json::from_str(json).unwrap();
        let fields = Fields::new(raw, "/subject", &mut faults);
        let text =
            fields.and_then(|fields| fields.text("id", vocabulary::external_id, &mut faults));
        assert_eq!(text.as_deref(), expected, "{json}");
        assert_eq!(faults.is_empty(), expected.is_some(), "{json}");
    }

    #[test]
    fn texts_that_must_be_there() {
        check(r#"{"id":"alice","else":1}"#, Some("alice"));
        check(r#"{"\u0069d":"\u00e9"}"#, Some("é"));
        for unfit in [
            "{}",
            r#"{"id":null}"#,
            r#"{"id":1}"#,
            r#"{"id":""}"#,
            r#"{"id":"\u0000"}"#,
        ] {
            check(unfit, None);
        }
        for other in ["1", "null", "[]", "\"id\""] {
            check(other, None);
        }
    }

    #[test]
    fn a_fault_says_where_and_what() {
        let mut faults = Faults::new();
        let raw = serde_json::from_str(r#"{"id":7}"#).unwrap();
        let fields = Fields::new(raw, "/subject", &mut faults).unwrap();
        fields.text("id", vocabulary::external_id, &mut faults);
        let expected = FieldError {
            pointer: "/subject/id".to_owned(),
            detail: "expected 1 to 255 characters, no control characters".to_owned(),
        };
        assert_eq!(faults, [expected]);
    }
}
