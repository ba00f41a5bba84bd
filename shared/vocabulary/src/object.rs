//! Objects with arbitrary content that are stored and that decisions read: limited in size, with exact numbers, and
//! unambiguous for every reader.

use std::{borrow::Cow, collections::HashSet};

use serde_json::{Number, value::RawValue};

use crate::{Invalid, Place, json, kept_number};

/// The maximum size of an object.
#[derive(Clone, Debug)]
pub struct Bound {
    /// Its size in bytes, as sent, and also with its numbers written out as PostgreSQL writes them: `1e300` has 301
    /// digits.
    pub bytes: usize,
    no_object: Invalid,
    too_long: Invalid,
}

/// The properties of a resource.
pub const PROPERTIES: Bound = Bound {
    bytes: 64 * 1024,
    no_object: Invalid("a JSON object of at most 64 KiB"),
    too_long: Invalid("a JSON object of at most 64 KiB when its numbers are written out"),
};

/// The attributes of a member.
pub const ATTRIBUTES: Bound = Bound {
    bytes: 16 * 1024,
    no_object: Invalid("a JSON object of at most 16 KiB"),
    too_long: Invalid("a JSON object of at most 16 KiB when its numbers are written out"),
};

/// The maximum number of entries of a list that a condition may read.
pub const MOST_ENTRIES: usize = 1_000;

/// The maximum nesting of objects and arrays, including the object itself. It limits the recursion below.
const DEEPEST: usize = 64;

/// A number of digits that every integer of 64 bits can have.
const SHORT_INTEGER: usize = 18;

/// Finds all errors, each with its place, which begins with `place`.
pub fn check(
    raw: &RawValue,
    bound: &Bound,
    place: &Place<'_>,
    add: &mut impl FnMut(&Place<'_>, Invalid),
) {
    if raw.get().len() > bound.bytes || !raw.get().starts_with('{') {
        return add(place, bound.no_object.clone());
    }
    let mut walk = Walk { add, grown: 0 };
    walk.value(raw, 1, place);
    if walk.grown.saturating_add(raw.get().len()) > bound.bytes {
        add(place, bound.too_long.clone());
    }
}

struct Walk<'a, F> {
    add: &'a mut F,
    /// How many bytes numbers need when they are written out, in addition to those that were sent.
    grown: usize,
}

impl<F: FnMut(&Place<'_>, Invalid)> Walk<'_, F> {
    fn value(&mut self, raw: &RawValue, level: usize, place: &Place<'_>) {
        let judged = match raw.get().as_bytes().first() {
            Some(b'{' | b'[') if level > DEEPEST => {
                Err(Invalid("at most 64 levels of objects and arrays"))
            }
            Some(b'{') => {
                self.members(raw, level, place);
                Ok(())
            }
            Some(b'[') => {
                let items = json::items(raw).unwrap_or_default();
                let fits = items.len() <= MOST_ENTRIES;
                for (position, item) in items.into_iter().enumerate().take(MOST_ENTRIES) {
                    self.value(item, level + 1, &Place::Item(place, position));
                }
                fits.then_some(())
                    .ok_or(Invalid("lists of at most 1,000 entries"))
            }
            Some(b'"') => text(raw.get()).map(|_| ()),
            Some(b'-' | b'0'..=b'9') => written_out(raw.get()).map(|length| {
                self.grown += length.saturating_sub(raw.get().len());
            }),
            _ => Ok(()),
        };
        if let Err(unfit) = judged {
            (self.add)(place, unfit);
        }
    }

    fn members(&mut self, raw: &RawValue, level: usize, place: &Place<'_>) {
        let members = json::members(raw).unwrap_or_default();
        let mut names = HashSet::with_capacity(members.len());
        for (key, value) in members {
            let judged = text(key);
            // An invalid name is shown as it was written.
            let fits = judged.clone();
            let name = fits.unwrap_or_else(|_| Cow::Borrowed(key.trim_matches('"')));
            let member = Place::Member(place, &name);
            if let Err(unfit) = &judged {
                (self.add)(&member, unfit.clone());
            }
            self.value(value, level + 1, &member);
            if judged.is_ok_and(|name| !names.insert(name)) {
                (self.add)(&member, Invalid("no duplicate names in an object"));
            }
        }
    }
}

/// A text that PostgreSQL can store.
fn text(json: &str) -> Result<Cow<'_, str>, Invalid> {
    json::text(json).and_then(|text| {
        if text.contains('\0') {
            Err(Invalid("no NUL characters"))
        } else {
            Ok(text)
        }
    })
}

/// The length of a number: as it was sent, as PostgreSQL writes it out, or as conditions see it, whichever is
/// greatest.
fn written_out(json: &str) -> Result<usize, Invalid> {
    let digits = kept_number(json)?;
    let float = json.parse().ok().and_then(Number::from_f64);
    let float = float.ok_or(Invalid("a number in the range of a double"))?;
    let has_point = json.contains(['.', 'e', 'E']);
    let written = digits + usize::from(json.starts_with('-')) + usize::from(has_point);
    let shown = if has_point || digits > SHORT_INTEGER {
        float.to_string().len()
    } else {
        0
    };
    Ok(json.len().max(written).max(shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(json: &str) -> Vec<(String, &'static str)> {
        let mut found = Vec::new();
        let raw = serde_json::from_str(json).unwrap();
        check(raw, &PROPERTIES, &Place::Whole, &mut |place, unfit| {
            found.push((place.to_string(), unfit.0));
        });
        found
    }

    fn places(json: &str) -> Vec<String> {
        faults(json).into_iter().map(|(place, _)| place).collect()
    }

    fn deep(levels: usize) -> String {
        format!(r#"{{"a":{}{}}}"#, "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn what_is_kept() {
        let list = format!(r#"{{"a":[{}1]}}"#, "1,".repeat(MOST_ENTRIES - 1));
        let members: Vec<_> = (0..2_000).map(|n| format!(r#""{n}":{n}"#)).collect();
        for json in [
            "{}",
            r#"{"a": [1.50, 1e300, -0, 5e-324, 123456789012345678901234567890, true, null, "\u00e9\n"]}"#,
            r#"{"path": "C:\\u0000", "": {"": "\ud83d\ude00"}, "a": {"a": 1}}"#,
            &list,
            &format!("{{{}}}", members.join(",")),
            &deep(63),
        ] {
            assert_eq!(faults(json), [], "{json}");
        }
    }

    #[test]
    fn every_fault_has_its_place() {
        let json = r#"{"a": {"b": [1, 1e309, "\u0000", "\ud800", 1e-1001]}, "k~/\u0000": 1, "\udc00": 1,
            "n": -1e400, "c": {"x": 1, "\u0078": 2}}"#;
        let expected = [
            "/a/b/1",
            "/a/b/2",
            "/a/b/3",
            "/a/b/4",
            r"/k~0~1\u0000",
            r"/\udc00",
            "/n",
            "/c/x",
        ];
        assert_eq!(places(json), expected);
        assert_eq!(places(&deep(64)).len(), 1);
        assert_eq!(places(&deep(8_000)).len(), 1);
        let long = format!(r#"{{"a":{{"b":[{}1]}}}}"#, "1,".repeat(MOST_ENTRIES));
        assert_eq!(
            faults(&long),
            [("/a/b".to_owned(), "lists of at most 1,000 entries")]
        );
    }

    #[test]
    fn it_is_a_bounded_object() {
        let filling = |length: usize| format!(r#"{{"k":"{}"}}"#, "x".repeat(length - 8));
        assert_eq!(faults(&filling(PROPERTIES.bytes)), []);
        for unfit in [&filling(PROPERTIES.bytes + 1), "[]", "1", "null", "\"{}\""] {
            assert_eq!(places(unfit), [""], "{unfit}");
        }
        let numbers = |count: usize| format!(r#"{{"k":[{}1]}}"#, "1e300,".repeat(count));
        assert_eq!(faults(&numbers(200)), []);
        assert_eq!(places(&numbers(220)), [""]);
        let mut found = 0;
        let longer = filling(ATTRIBUTES.bytes + 1);
        let raw = serde_json::from_str(&longer).unwrap();
        check(raw, &ATTRIBUTES, &Place::Whole, &mut |_: &Place<'_>, _| {
            found += 1;
        });
        assert_eq!(found, 1);
    }

    #[test]
    fn numbers_written_out() {
        for (number, characters) in [
            ("0", 1),
            ("-12", 3),
            ("1e5", 8),
            ("1.5", 3),
            ("1e-3", 5),
            ("1e300", 302),
            ("18446744073709551616", 22),
            ("0.10", 4),
        ] {
            assert_eq!(written_out(number), Ok(characters), "{number}");
        }
    }
}
