//! Texts that people read, and the names that identity providers give.

use crate::Unfit;

fn within(text: &str, characters: std::ops::RangeInclusive<usize>) -> bool {
    characters.contains(&text.chars().count())
}

/// Checks a display name: 1 to 200 characters, no control characters, not blank.
pub fn name(text: &str) -> Result<&str, Unfit> {
    let fits =
        within(text, 1..=200) && !text.chars().any(char::is_control) && !text.trim().is_empty();
    fits.then_some(text)
        .ok_or(Unfit("1 to 200 characters, no control characters"))
}

/// Checks a description: at most 2,000 characters, no control characters but line breaks.
pub fn description(text: &str) -> Result<&str, Unfit> {
    let fits = within(text, 0..=2_000)
        && !text
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\r');
    fits.then_some(text).ok_or(Unfit(
        "at most 2,000 characters, no control characters but line breaks",
    ))
}

/// Checks what an app is listed under: as a name, or empty.
pub fn category(text: &str) -> Result<&str, Unfit> {
    if text.is_empty() {
        Ok(text)
    } else {
        name(text)
    }
}

/// Checks a user's identifier at the identity provider: 1 to 255 characters, no control characters.
pub fn external_id(text: &str) -> Result<&str, Unfit> {
    let fits = within(text, 1..=255) && !text.chars().any(char::is_control);
    fits.then_some(text)
        .ok_or(Unfit("1 to 255 characters, no control characters"))
}

/// Checks an e-mail address: one `@` with something on both sides; whether mail arrives, only
/// sending shows.
pub fn email(text: &str) -> Result<&str, Unfit> {
    let fits = text.len() <= 254
        && !text.chars().any(|c| c.is_control() || c.is_whitespace())
        && text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        });
    fits.then_some(text).ok_or(Unfit("an e-mail address"))
}

/// Checks a DNS name in lower case, as `acme.example` (RFC 1035, section 2.3.1).
pub fn domain(text: &str) -> Result<&str, Unfit> {
    let label_fits = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    let fits = text.len() <= 253 && text.contains('.') && text.split('.').all(label_fits);
    fits.then_some(text)
        .ok_or(Unfit("a domain in lower case, as acme.example"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_only_as_line_breaks_of_descriptions() {
        assert!(name("Zoë's 文件").is_ok());
        assert!(name("two\nlines").is_err());
        assert!(description("two\nlines").is_ok());
        assert!(description("a\u{7}bell").is_err());
        assert!(external_id("tab\t").is_err());
    }

    #[test]
    fn lengths_count_characters() {
        assert!(name(&"é".repeat(200)).is_ok());
        assert!(name(&"é".repeat(201)).is_err());
        assert!(name("").is_err());
        assert!(name("  ").is_err());
        assert!(external_id(&"x".repeat(256)).is_err());
    }

    #[test]
    fn addresses_and_domains() {
        assert!(email("alice@acme.example").is_ok());
        for unfit in ["", "alice", "@acme.example", "alice@", "a@b@c", "a b@c"] {
            assert!(email(unfit).is_err(), "{unfit:?}");
        }
        assert!(domain("mail.acme.example").is_ok());
        for unfit in ["", "acme", "Acme.example", "-a.example", "a..b", "a.b."] {
            assert!(domain(unfit).is_err(), "{unfit:?}");
        }
    }
}
