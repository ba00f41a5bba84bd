//! The fields of an object.

use std::borrow::Cow;

use serde_json::value::RawValue;
use vocabulary::{Invalid, Place};

use super::Faults;
use crate::http::json::{members, text};

/// An object whose fields are read by name. A field that is not read is ignored, and of two with one name the last
/// one counts, unless [`Fields::only`] is called as well.
pub struct Fields<'a, 'p> {
    members: Vec<(Cow<'a, str>, &'a RawValue)>,
    place: &'p Place<'p>,
}

impl<'a, 'p> Fields<'a, 'p> {
    /// The fields of an object; any other value is an error.
    pub fn new(raw: &'a RawValue, place: &'p Place<'p>, faults: &mut Faults) -> Option<Self> {
        let members = members(raw).ok_or(Invalid("an object"));
        let members = faults.judge(place, members)?.into_iter();
        let members = members.map(|(key, value)| (name(key), value));
        Some(Self {
            members: members.collect(),
            place,
        })
    }

    /// Reports every other field, and every repeated name, as an error.
    pub fn only(&self, faults: &mut Faults, names: &[&str]) {
        let mut found = Vec::with_capacity(names.len());
        for (name, _) in &self.members {
            if !names.contains(&&**name) {
                faults.add(&self.place(name), &Invalid("no field of this name"));
            } else if found.contains(&name) {
                faults.add(&self.place(name), &Invalid("each name once"));
            } else {
                found.push(name);
            }
        }
    }

    /// A field as it was sent, if it is present and not null.
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        let mut last_first = self.members.iter().rev();
        let (_, value) = last_first.find(|(key, _)| key == name)?;
        Some(*value).filter(|value| value.get() != "null")
    }

    /// Where a field is.
    pub fn place<'s>(&'s self, name: &'s str) -> Place<'s> {
        Place::Member(self.place, name)
    }

    /// An optional field, which may be absent or null. `None` also if it is invalid.
    pub fn optional<T>(
        &self,
        faults: &mut Faults,
        name: &str,
        read: impl FnOnce(&'a RawValue) -> Result<T, Invalid>,
    ) -> Option<T> {
        faults.judge(&self.place(name), read(self.get(name)?))
    }

    /// A required field.
    pub fn required<T>(
        &self,
        faults: &mut Faults,
        name: &str,
        read: impl FnOnce(&'a RawValue) -> Result<T, Invalid>,
    ) -> Option<T> {
        // The error that the field's reader returns for null says what is expected.
        let value = self.get(name).unwrap_or(RawValue::NULL);
        faults.judge(&self.place(name), read(value))
    }
}

/// A key as a name. One that cannot be decoded stays as it was written, with an escape that no field's name has.
fn name(key: &str) -> Cow<'_, str> {
    text(key).unwrap_or(Cow::Borrowed(key.trim_matches('"')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_by_name() {
        let json = r#"{"a": 1, "\u0062": 2, "c": null, "d": 4, "d": 5, "\ud800": 6}"#;
        let mut faults = Faults::default();
        let raw = serde_json::from_str(json).unwrap();
        let fields = Fields::new(raw, &Place::Whole, &mut faults).unwrap();
        let get = |name| fields.get(name).map(RawValue::get);
        assert_eq!(get("a"), Some("1"));
        assert_eq!(get("b"), Some("2"));
        assert_eq!(get("c"), None);
        assert_eq!(get("d"), Some("5"));
        assert_eq!(get("e"), None);
        assert!(faults.none_in(Some(())).is_ok());
    }

    #[test]
    fn no_other_field_and_none_twice() {
        let json = r#"{"a": 1, "b": 2, "\u0061": 3, "c": null, "c/d": 4, "\ud800": 5, "a": 6}"#;
        let mut faults = Faults::default();
        let raw = serde_json::from_str(json).unwrap();
        let fields = Fields::new(raw, &Place::Whole, &mut faults).unwrap();
        fields.only(&mut faults, &["a", "b", "e"]);
        let problem = serde_json::to_value(faults.none_in(Some(())).unwrap_err()).unwrap();
        let errors = problem["errors"].as_array().unwrap();
        let error = |error: &serde_json::Value| {
            let text = |name: &str| error[name].as_str().unwrap().to_owned();
            (text("pointer"), text("detail"))
        };
        let unknown = |pointer: &str| {
            (
                pointer.to_owned(),
                "expected no field of this name".to_owned(),
            )
        };
        let twice = ("/a".to_owned(), "expected each name once".to_owned());
        let expected = [
            twice.clone(),
            unknown("/c"),
            unknown("/c~1d"),
            unknown(r"/\ud800"),
            twice,
        ];
        assert_eq!(errors.iter().map(error).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_must_be_there() {
        let mut faults = Faults::default();
        let raw = serde_json::from_str("{}").unwrap();
        let fields = Fields::new(raw, &Place::Whole, &mut faults).unwrap();
        let read = |raw: &RawValue| text(raw.get()).map(|text| text.len());
        assert_eq!(fields.optional(&mut faults, "a", read), None);
        assert_eq!(fields.required(&mut faults, "b", read), None);
        let problem = serde_json::to_value(faults.none_in(Some(())).unwrap_err()).unwrap();
        assert_eq!(problem["errors"].as_array().unwrap().len(), 1);
        assert_eq!(problem["errors"][0]["pointer"], "/b");
    }
}
