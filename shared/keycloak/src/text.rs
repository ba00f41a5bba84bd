//! Texts that fit into the columns that store them.

use crate::Fault;

/// The maximum length of a name, an e-mail address or an identifier, in characters: that of Keycloak's own columns.
const LONGEST: usize = 255;

/// A name without control characters, some of which PostgreSQL refuses; nothing if nothing is left.
pub fn name(text: &str) -> Option<String> {
    let kept = text.chars().filter(|character| !character.is_control());
    let name: String = kept.take(LONGEST).collect();
    (!name.trim().is_empty()).then_some(name)
}

/// A name for signing in, or an e-mail address: Keycloak compares both without case, and stores them in lower case,
/// while a representation may still have what was sent.
pub fn caseless(text: &str) -> Option<String> {
    name(&text.to_lowercase())
}

/// An identifier, unchanged: a changed one could belong to another user.
pub fn identifier(text: &str) -> Result<String, Fault> {
    match vocabulary::external_id(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(Fault("unusable_identifier")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_control_characters_and_fit() {
        assert_eq!(name("A\0b\n\u{85}c"), Some("Abc".to_owned()));
        assert_eq!(name(" \u{1}"), None);
        assert_eq!(name(&"é".repeat(300)), Some("é".repeat(255)));
        assert_eq!(
            caseless("Alice@ACME.example").as_deref(),
            Some("alice@acme.example")
        );
        // The lower-case form of this character is two characters.
        assert_eq!(caseless(&"İ".repeat(255)).unwrap().chars().count(), 255);
    }

    #[test]
    fn identifiers_are_taken_as_they_are_or_not() {
        assert_eq!(identifier("Ä b"), Ok("Ä b".to_owned()));
        for other in ["", "a\0", &"a".repeat(256)] {
            assert!(identifier(other).is_err());
        }
    }
}
