//! The terms of a policy: what its lines apply to, and when.

use crate::Invalid;

const SHORT: Invalid = Invalid("1 to 100 characters, no control characters");
const LONG: Invalid = Invalid("1 to 255 characters, no control characters");

fn word(text: &str, longest: usize, expected: Invalid) -> Result<&str, Invalid> {
    let fits = (1..=longest).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fits.then_some(text).ok_or(expected)
}

/// Checks the type of a resource.
pub fn resource_type(text: &str) -> Result<&str, Invalid> {
    word(text, 100, SHORT)
}

/// Checks the id of a resource within its type.
pub fn resource_id(text: &str) -> Result<&str, Invalid> {
    word(text, 255, LONG)
}

/// Checks the type of a resource that is stored: one type, while in a line of a policy `*` means any.
pub fn stored_type(text: &str) -> Result<&str, Invalid> {
    resource_type(text).and_then(no_star)
}

/// The same for its id within the type.
pub fn stored_id(text: &str) -> Result<&str, Invalid> {
    resource_id(text).and_then(no_star)
}

fn no_star(text: &str) -> Result<&str, Invalid> {
    (text != "*")
        .then_some(text)
        .ok_or(Invalid("one name: * would mean any"))
}

/// Checks the name of an action.
pub fn action(text: &str) -> Result<&str, Invalid> {
    word(text, 100, SHORT)
}

/// Checks the effect of a line.
pub fn effect(text: &str) -> Result<&str, Invalid> {
    matches!(text, "allow" | "deny")
        .then_some(text)
        .ok_or(Invalid("allow or deny"))
}

/// Checks that a condition can be stored; an empty text is no condition. Its content and its limits are checked by
/// `decisions::check_condition`.
pub fn condition(text: &str) -> Result<&str, Invalid> {
    let is_unfit = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    let fits = !text.contains(is_unfit);
    fits.then_some(text)
        .ok_or(Invalid("no control characters but tabs and line breaks"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_characters_and_an_end() {
        for fit in ["*", "doc", "Dokument ä", &"é".repeat(100)] {
            assert_eq!(resource_type(fit), Ok(fit));
            assert_eq!(action(fit), Ok(fit));
        }
        assert!(resource_id(&"é".repeat(255)).is_ok());
        assert!(resource_id(&"x".repeat(256)).is_err());
        for unfit in ["", "a\u{7}", &"x".repeat(101)] {
            assert!(resource_type(unfit).is_err(), "{unfit:?}");
            assert!(action(unfit).is_err(), "{unfit:?}");
        }
    }

    #[test]
    fn effects_are_two() {
        assert!(effect("allow").is_ok() && effect("deny").is_ok());
        assert!(effect("Allow").is_err() && effect("").is_err());
    }

    #[test]
    fn conditions_have_lines() {
        assert!(condition("").is_ok());
        assert!(condition("a ==\r\n\t\"b\"").is_ok());
        assert!(condition("a\0").is_err());
    }
}
