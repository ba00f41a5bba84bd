//! Slugs: the names of organizations, apps and roles in paths.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Invalid;

const EXPECTED: Invalid = Invalid(
    "a slug: 3 to 50 of a-z, 0-9 and -, with a letter or digit at both ends, and not a UUID",
);

/// Checks a slug.
pub fn slug(text: &str) -> Result<&str, Invalid> {
    Slug::try_from(text).map(|_| text)
}

/// Matches `^[a-z0-9][a-z0-9-]{1,48}[a-z0-9]$` and is not a UUID.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

impl Slug {
    /// The slug as a text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Slug {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let bytes = text.as_bytes();
        let ends_fit = !text.starts_with('-') && !text.ends_with('-');
        let letters_fit = bytes
            .iter()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        let fits = (3..=50).contains(&bytes.len()) && ends_fit && letters_fit;
        // Only the hyphenated form, which alone has 36 characters, can be mistaken for an id.
        let is_uuid = bytes.len() == 36 && uuid::Uuid::try_parse(&text).is_ok();
        if fits && !is_uuid {
            Ok(Self(text))
        } else {
            Err(EXPECTED)
        }
    }
}

impl TryFrom<&str> for Slug {
    type Error = Invalid;

    fn try_from(text: &str) -> Result<Self, Invalid> {
        Self::try_from(text.to_owned())
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, fits: bool) {
        assert_eq!(Slug::try_from(text).is_ok(), fits, "{text:?}");
    }

    #[test]
    fn what_a_slug_is() {
        check("acme", true);
        check("a-1", true);
        check(&"a".repeat(50), true);
        check("ac", false);
        check(&"a".repeat(51), false);
        check("-acme", false);
        check("acme-", false);
        check("Acme", false);
        check("acmé", false);
        check("ac me", false);
        check("", false);
        check("01970000-0000-7000-8000-000000000001", false);
        check("01970000-0000-7000-8000-00000000000", true);
    }
}
