//! The fields of an object.

use std::borrow::Cow;

use serde_json::value::RawValue;
use vocabulary::{Invalid, Place};

use super::Faults;
use crate::http::json::{members, text};

/// An object whose fields are asked for by name. A field that nobody asks for is ignored; of two with
/// one name, the last counts.
pub struct Fields<'a, 'p> {
    members: Vec<(Cow<'a, str>, &'a RawValue)>,
    place: &'p Place<'p>,
}

impl<'a, 'p> Fields<'a, 'p> {
    /// Of an object; anything else is a fault.
    pub fn new(raw: &'a RawValue, place: &'p Place<'p>, faults: &mut Faults) -> Option<Self> {
        let members = members(raw).ok_or(Invalid("an object"));
        let members = faults.judge(place, members)?.into_iter();
        // A key that stands for no text is nobody's name.
        let members = members.filter_map(|(key, value)| Some((text(key).ok()?, value)));
        Some(Self {
            members: members.collect(),
            place,
        })
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

    /// An optional field, which may be absent or null. `None` where it is at fault, too.
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
        // What the field's reader says of null is what is expected.
        let value = self.get(name).unwrap_or(RawValue::NULL);
        faults.judge(&self.place(name), read(value))
    }
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
