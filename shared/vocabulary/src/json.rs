//! Parsing JSON one level at a time.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::Invalid;

/// An object's members in their order, or `None` if it is not an object. Keys are unchanged, including their quotes;
/// see [`text`].
pub fn members(raw: &RawValue) -> Option<Vec<(&str, &RawValue)>> {
    serde_json::from_str(raw.get())
        .map(|Members(members)| members)
        .ok()
}

/// An array's items, or `None` if it is not an array.
pub fn items(raw: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

/// The text that a JSON string represents. Most have no escapes, and are not copied.
pub fn text(json: &str) -> Result<Cow<'_, str>, Invalid> {
    let quoted = json
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match quoted {
        None => Err(Invalid("a text")),
        Some(plain) if !plain.contains('\\') => Ok(Cow::Borrowed(plain)),
        // The only remaining error is half of a surrogate pair.
        Some(_) => serde_json::from_str(json)
            .map(Cow::Owned)
            .map_err(|_| Invalid("valid Unicode: a surrogate is not part of a pair")),
    }
}

struct Members<'a>(Vec<(&'a str, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(8);
        while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            members.push((key.get(), value));
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> &RawValue {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn one_level_is_taken_apart() {
        let object = raw(r#"{"a": 1.0e0, "\ud800": "\ud800", "a":[{}] }"#);
        let parts: Vec<_> = members(object)
            .unwrap()
            .into_iter()
            .map(|(key, value)| (key, value.get()))
            .collect();
        let expected = [
            (r#""a""#, "1.0e0"),
            (r#""\ud800""#, r#""\ud800""#),
            (r#""a""#, "[{}]"),
        ];
        assert_eq!(parts, expected);
        assert!(members(raw("[]")).is_none());
        assert!(items(raw("{}")).is_none());
        assert_eq!(items(raw("[1, [2]]")).unwrap().len(), 2);
    }

    #[test]
    fn texts() {
        assert_eq!(text(r#""plain""#), Ok(Cow::Borrowed("plain")));
        assert_eq!(text(r#""\u00e9\ud83d\ude00\n""#).unwrap(), "é😀\n");
        for lone in [r#""\ud800""#, r#""\udc00""#, r#""\ud800\u0041""#] {
            assert!(text(lone).is_err(), "{lone}");
        }
        for other in ["1", "null", "[]", r#"{"a":"b"}"#] {
            assert_eq!(text(other), Err(Invalid("a text")));
        }
    }

    #[test]
    fn depth_alone_is_no_fault() {
        let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(members(raw(&deep)).unwrap().len(), 1);
    }
}
