//! The data that an app's owners publish besides its fields: an object with arbitrary content, limited in size, and
//! stored digit by digit.

use std::borrow::Cow;

use serde_json::value::RawValue;
use service::http::json;
use vocabulary::Invalid;

/// Its maximum size in bytes, as sent.
const LARGEST: usize = 16 * 1024;

/// The maximum nesting of objects and arrays, including the object itself. Many parsers go no deeper than 128 levels
/// of an answer, which adds some to these; the limit also bounds the recursion below.
const DEEPEST: usize = 100;

/// Reads an object that is not too large. Its content is checked by [`faults`].
pub fn bounded(raw: &RawValue) -> Result<Box<RawValue>, Invalid> {
    if raw.get().len() > LARGEST {
        Err(Invalid("a JSON object of at most 16 KiB"))
    } else if raw.get().starts_with('{') {
        Ok(raw.to_owned())
    } else {
        Err(Invalid("a JSON object"))
    }
}

/// Everything that PostgreSQL would not store, with pointers relative to the object.
pub fn faults(metadata: &RawValue) -> Vec<(String, Invalid)> {
    let mut found = Found::default();
    found.walk(metadata, 1, "");
    if found.grown.saturating_add(metadata.get().len()) > LARGEST {
        let expected = Invalid("at most 16 KiB when its numbers are written out");
        found.faults.push((String::new(), expected));
    }
    found.faults
}

#[derive(Default)]
struct Found {
    faults: Vec<(String, Invalid)>,
    /// How many bytes numbers need when they are written out, in addition to those that were sent.
    grown: usize,
}

impl Found {
    fn walk(&mut self, raw: &RawValue, level: usize, place: &str) {
        let judged = match raw.get().as_bytes().first() {
            Some(b'{' | b'[') if level > DEEPEST => {
                Err(Invalid("at most 100 levels of objects and arrays"))
            }
            Some(b'{') => {
                for (key, value) in json::members(raw).unwrap_or_default() {
                    // A key that cannot be decoded is shown as it was written.
                    let name = json::text(key).unwrap_or(Cow::Borrowed(key.trim_matches('"')));
                    let name = name.replace('~', "~0").replace('/', "~1");
                    let member = format!("{place}/{name}");
                    if let Err(unfit) = text(key) {
                        self.faults.push((member.clone(), unfit));
                    }
                    self.walk(value, level + 1, &member);
                }
                Ok(())
            }
            Some(b'[') => {
                let items = json::items(raw).unwrap_or_default();
                for (position, item) in items.into_iter().enumerate() {
                    self.walk(item, level + 1, &format!("{place}/{position}"));
                }
                Ok(())
            }
            Some(b'"') => text(raw.get()),
            Some(b'-' | b'0'..=b'9') => vocabulary::kept_number(raw.get()).map(|digits| {
                self.grown += digits.saturating_sub(raw.get().len());
            }),
            _ => Ok(()),
        };
        if let Err(unfit) = judged {
            self.faults.push((place.to_owned(), unfit));
        }
    }
}

fn text(json: &str) -> Result<(), Invalid> {
    if json::text(json)?.contains('\0') {
        Err(Invalid("no NUL characters"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(json: &str) -> Vec<String> {
        let found = faults(serde_json::from_str(json).unwrap());
        found.into_iter().map(|(pointer, _)| pointer).collect()
    }

    #[test]
    fn what_is_kept() {
        for json in [
            "{}",
            r#"{"a": [1.50, 1e300, -0, 123456789012345678901234567890, true, null, "\u00e9\n"]}"#,
        ] {
            assert_eq!(pointers(json), [] as [&str; 0], "{json}");
        }
        let deep =
            |levels: usize| format!(r#"{{"a":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
        assert_eq!(pointers(&deep(99)), [] as [&str; 0]);
        assert_eq!(pointers(&deep(100)).len(), 1);
        assert_eq!(pointers(&deep(8_000)).len(), 1);
    }

    #[test]
    fn every_fault_has_its_path() {
        let json = r#"{"a": {"b": [1, 1e131072, "\u0000", "\ud800"]}, "k~/\u0000": 1e-5000, "a": {"c": 1e9999}}"#;
        let expected = ["/a/b/1", "/a/b/2", "/a/b/3", "/k~0~1\0", "/k~0~1\0", "/a/c"];
        assert_eq!(pointers(json), expected);
    }

    #[test]
    fn it_is_a_bounded_object() {
        let bounded = |json: &str| bounded(serde_json::from_str(json).unwrap()).is_ok();
        let filling = |length: usize| format!(r#"{{"k":"{}"}}"#, "x".repeat(length - 8));
        assert!(bounded(&filling(LARGEST)));
        assert!(!bounded(&filling(LARGEST + 1)));
        assert!(!bounded("[]"));
        assert!(!bounded("1"));
        let numbers = |count: usize| format!(r#"{{"k":[{}1]}}"#, "1e999,".repeat(count));
        assert_eq!(pointers(&numbers(16)), [] as [&str; 0]);
        assert_eq!(pointers(&numbers(17)), [""]);
    }
}
