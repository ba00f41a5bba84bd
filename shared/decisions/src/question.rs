//! The question, and its limits.

use serde_json::{Map, Value};
use thiserror::Error;

/// Properties of a subject, an action or a resource, or a context.
pub type Properties = Map<String, Value>;

/// The maximum size of all properties and the context of a question together, in bytes of JSON without spaces. The
/// same limit applies to stored attributes.
pub const MOST_BYTES: usize = 64 * 1024;

/// The maximum number of entries of each list in them.
pub const MOST_ENTRIES: usize = 1_000;

/// May this subject do this to that resource?
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The kind of caller, which decides whose values win.
    pub asked_by: AskedBy,
    /// The subject's type; only `user` holds roles.
    pub subject_type: &'a str,
    /// The subject's `external_id`.
    pub subject_id: &'a str,
    /// The subject's properties, as sent.
    pub subject_properties: Option<&'a Properties>,
    /// The action.
    pub action_name: &'a str,
    /// The action's properties, as sent.
    pub action_properties: Option<&'a Properties>,
    /// The resource's type.
    pub resource_type: &'a str,
    /// The resource's id; `*` is an id like any other.
    pub resource_id: &'a str,
    /// The resource's properties, as sent.
    pub resource_properties: Option<&'a Properties>,
    /// The context, as sent.
    pub context: Option<&'a Properties>,
}

/// The kind of caller.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AskedBy {
    /// A service, which knows the subject and the resource better than the stored data: what it sends wins.
    Service,
    /// An end user with its own token, who must not promote itself: what it sends about the subject is ignored, and
    /// the stored data of the resource win over what it sends.
    EndUser,
}

/// Why a question is not valid.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum QuestionFault {
    /// Its properties and context are too large.
    #[error("properties and context may have at most 64 KiB together")]
    TooLarge,
    /// A list in them is too long.
    #[error("a list may have at most 1,000 entries")]
    TooLong,
}

impl Question<'_> {
    /// Checks the limits of what was sent. A question that exceeds them is decided as well, but conditions cannot be
    /// evaluated for it.
    pub fn check(&self) -> Result<(), QuestionFault> {
        let sent = [
            self.subject_properties,
            self.action_properties,
            self.resource_properties,
            self.context,
        ];
        check_bounds(&sent)
    }
}

/// Checks that properties are within the limits together.
pub(crate) fn check_bounds(all: &[Option<&Properties>]) -> Result<(), QuestionFault> {
    let mut left = MOST_BYTES;
    for properties in all.iter().copied().flatten() {
        take_object(properties, &mut left)?;
    }
    Ok(())
}

/// The size of properties as JSON, in bytes, and the number of entries of the longest list or object in them.
pub(crate) fn measure(properties: &Properties) -> (u64, u64) {
    fn longest(value: &Value) -> usize {
        match value {
            Value::Array(entries) => {
                let within = entries.iter().map(longest).max();
                entries.len().max(within.unwrap_or(0))
            }
            Value::Object(members) => {
                let within = members.values().map(longest).max();
                members.len().max(within.unwrap_or(0))
            }
            _ => 0,
        }
    }
    let mut left = usize::MAX;
    // This cannot fail with such a limit.
    let _ = take_object(properties, &mut left);
    let within = properties.values().map(longest).max();
    let longest = properties.len().max(within.unwrap_or(0));
    let narrow = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    (narrow(usize::MAX - left), narrow(longest))
}

fn take(value: &Value, left: &mut usize) -> Result<(), QuestionFault> {
    match value {
        Value::Null | Value::Bool(true) => spend(4, left),
        Value::Bool(false) => spend(5, left),
        Value::Number(number) => spend(number.to_string().len(), left),
        Value::String(text) => spend(written(text), left),
        Value::Array(entries) if entries.len() > MOST_ENTRIES => Err(QuestionFault::TooLong),
        Value::Array(entries) => {
            spend(2 + entries.len().saturating_sub(1), left)?;
            entries.iter().try_for_each(|entry| take(entry, left))
        }
        Value::Object(members) => take_object(members, left),
    }
}

fn take_object(members: &Properties, left: &mut usize) -> Result<(), QuestionFault> {
    spend(2 + members.len().saturating_sub(1), left)?;
    members.iter().try_for_each(|(name, value)| {
        spend(written(name) + 1, left)?;
        take(value, left)
    })
}

/// The length of a text as JSON, in bytes.
fn written(text: &str) -> usize {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' | 8 | 9 | 10 | 12 | 13 => 2,
        0..32 => 6,
        _ => 1,
    };
    2 + text.bytes().map(escaped).sum::<usize>()
}

fn spend(bytes: usize, left: &mut usize) -> Result<(), QuestionFault> {
    *left = left.checked_sub(bytes).ok_or(QuestionFault::TooLarge)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Properties {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn bytes_are_counted_as_they_are_written() {
        let all =
            json!({"a": [1, -2.5, true, false, null, {}], "\u{1}\n\"": "é\\", "b": {"c": []}});
        let mut left = MOST_BYTES;
        take(&all, &mut left).unwrap();
        assert_eq!(MOST_BYTES - left, all.to_string().len());
    }

    #[test]
    fn bounds_hold_for_all_together() {
        let half = object(json!({"text": "a".repeat(MOST_BYTES / 2 - 11)}));
        assert_eq!(Value::from(half.clone()).to_string().len(), MOST_BYTES / 2);
        assert_eq!(check_bounds(&[Some(&half), None, Some(&half)]), Ok(()));
        let empty = Properties::new();
        let over = [Some(&half), Some(&half), Some(&empty)];
        assert_eq!(check_bounds(&over), Err(QuestionFault::TooLarge));
    }

    #[test]
    fn lists_have_a_bound_at_any_depth() {
        let list = |length: usize| object(json!({"a": [{"b": vec![1; length]}]}));
        assert_eq!(check_bounds(&[Some(&list(1_000))]), Ok(()));
        assert_eq!(
            check_bounds(&[Some(&list(1_001))]),
            Err(QuestionFault::TooLong)
        );
    }
}
