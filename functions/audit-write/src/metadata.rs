//! The metadata of an event: an object with arbitrary content, limited in size, and stored as it was sent.

use std::{borrow::Cow, collections::HashSet};

use serde_json::value::RawValue;
use vocabulary::Invalid;

use crate::{
    json::{self, Faults, Place},
    words,
};

/// Its maximum size in bytes, as sent.
const LARGEST: usize = 16 * 1024;

/// The maximum nesting of objects and arrays, including the object itself. It limits the recursion below.
const DEEPEST: usize = 8;

/// Whether a quick check shows that it is valid, as for most.
pub fn is_plain(raw: &RawValue) -> bool {
    let json = raw.get();
    let opened = json.bytes().filter(|byte| matches!(byte, b'{' | b'['));
    json.len() <= LARGEST
        && json.starts_with('{')
        && has_plain_escapes(json)
        && words::is_clean(json)
        && opened.count() <= DEEPEST
        && names_differ(raw)
}

/// Whether every escape has two characters, and represents a character that is allowed.
fn has_plain_escapes(json: &str) -> bool {
    let mut bytes = json.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'\\' && !matches!(bytes.next(), Some(b'n' | b'r' | b't' | b'"' | b'\\' | b'/'))
        {
            return false;
        }
    }
    true
}

/// Whether a quick check shows that no object has a duplicate name. Without escapes, names can be compared as
/// written.
fn names_differ(raw: &RawValue) -> bool {
    let json = raw.get();
    let fits = |value: &&RawValue| !value.get().starts_with(['{', '[']) || names_differ(value);
    if json.bytes().filter(|&byte| byte == b':').nth(1).is_none() {
        return true;
    }
    if json.starts_with('[') {
        return json::items(raw).is_some_and(|items| items.iter().all(fits));
    }
    json::members(raw).is_some_and(|members| {
        let mut names: Vec<_> = members.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.is_sorted_by(|name, next| name < next)
            && !names.iter().any(|name| name.contains('\\'))
            && members.iter().all(|(_, value)| fits(value))
    })
}

/// Checks all of it.
pub fn check(raw: &RawValue, place: &Place<'_>, faults: &mut Faults) {
    if raw.get().len() > LARGEST {
        faults.add(place, &Invalid("at most 16 KiB"));
    } else if raw.get().starts_with('{') {
        walk(raw, 1, place, faults);
    } else {
        faults.add(place, &Invalid("an object"));
    }
}

fn walk(raw: &RawValue, level: usize, place: &Place<'_>, faults: &mut Faults) {
    match raw.get().as_bytes().first() {
        Some(b'{' | b'[') if level > DEEPEST => {
            faults.add(place, &Invalid("at most 8 levels of objects and arrays"));
        }
        Some(b'{') => {
            let members = json::members(raw).unwrap_or_default();
            let mut names = HashSet::with_capacity(members.len());
            for (key, value) in members {
                let judged = clean(key);
                // A key that cannot be decoded is shown as it was written.
                let name = json::text(key).unwrap_or(Cow::Borrowed(key.trim_matches('"')));
                let member = Place::Member(place, &name);
                faults.judge(&member, judged);
                walk(value, level + 1, &member, faults);
                if names.contains(&name) {
                    faults.add(&member, &Invalid("each name once"));
                }
                names.insert(name);
            }
        }
        Some(b'[') => {
            let items = json::items(raw).unwrap_or_default();
            for (position, item) in items.into_iter().enumerate() {
                walk(item, level + 1, &Place::Item(place, position), faults);
            }
        }
        Some(b'"') => {
            faults.judge(place, clean(raw.get()));
        }
        _ => {}
    }
}

fn clean(json: &str) -> Result<(), Invalid> {
    let text = json::text(json)?;
    // Stack traces and diffs contain these.
    let is_layout = |character| matches!(character, '\n' | '\r' | '\t');
    let fits = |character: char| !character.is_control() || is_layout(character);
    text.chars()
        .all(fits)
        .then_some(())
        .ok_or(Invalid("no control characters but \\n, \\r and \\t"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(json: &str) -> Vec<String> {
        let mut faults = Faults::default();
        check(
            serde_json::from_str(json).unwrap(),
            &Place::Whole,
            &mut faults,
        );
        let Err(problem) = faults.none_in(Some(())) else {
            return Vec::new();
        };
        let document = serde_json::to_value(problem).unwrap();
        let errors = document["errors"].as_array().unwrap();
        let pointer = |error: &serde_json::Value| error["pointer"].as_str().unwrap().to_owned();
        errors.iter().map(pointer).collect()
    }

    #[test]
    fn what_fits() {
        for json in [
            "{}",
            r#"{"a": [1.50, 1e999, -0, 123456789012345678901234567890, true, null, "é\u00e9\ud83d\ude00"]}"#,
            r#"{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}"#,
            r#"{"stack": "at f\n\tat g\r\n", "\t": 1, "a": [{"a": 1}, {"a": 1}]}"#,
        ] {
            assert_eq!(pointers(json), [] as [&str; 0], "{json}");
        }
        let largest = format!(r#"{{"a":"{}"}}"#, "x".repeat(LARGEST - 8));
        assert_eq!(largest.len(), LARGEST);
        assert_eq!(pointers(&largest), [] as [&str; 0]);
    }

    #[test]
    fn every_fault_has_its_path() {
        let json = "{\"a\": {\"b\": [\"x\\b\", \"\\ud800\", \"\u{85}\"]}, \"k\\u0000\": 1, \"l\\udc00\": \"\\f\"}";
        let expected = [
            "/a/b/0",
            "/a/b/1",
            "/a/b/2",
            "/k\0",
            r"/l\udc00",
            r"/l\udc00",
        ];
        assert_eq!(pointers(json), expected);
    }

    #[test]
    fn a_name_stands_once_in_an_object() {
        let json = r#"{"a": 1, "b": [{"a": 1, "\u0061": 2, "a": 3}], "a": 2}"#;
        assert_eq!(pointers(json), ["/b/0/a", "/b/0/a", "/a"]);
    }

    #[test]
    fn it_is_a_bounded_object() {
        assert_eq!(pointers("[]"), [""]);
        assert_eq!(pointers("\"text\""), [""]);
        let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(LARGEST - 7));
        assert_eq!(pointers(&large), [""]);
        let deep = r#"{"a":[[[[[[[{"\u0000":[]}]]]]]]], "b":[[[[[[[]]]]]]]}"#;
        assert_eq!(pointers(deep), ["/a/0/0/0/0/0/0/0"]);
        let deeper = format!(r#"{{"a":{}{}}}"#, "[".repeat(8_000), "]".repeat(8_000));
        assert_eq!(pointers(&deeper), ["/a/0/0/0/0/0/0/0"]);
    }
}
