//! Identifiers in the contracts' format.

use uuid::Uuid;

/// Reads a UUID in its hyphenated form, which is the only accepted one.
pub fn id(text: &str) -> Option<Uuid> {
    Some(text)
        .filter(|text| text.len() == 36)
        .and_then(|text| Uuid::try_parse(text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_alone() {
        let hyphenated = "01970000-0000-7000-8000-00000000000a";
        assert!(id(hyphenated).is_some());
        assert_eq!(id(&hyphenated.replace('-', "")), None);
        assert_eq!(id(&format!("{{{hyphenated}}}")), None);
        assert_eq!(id(""), None);
    }
}
