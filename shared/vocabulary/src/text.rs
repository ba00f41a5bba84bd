//! Texts for people, and the names from identity providers.

use crate::Invalid;

fn within(text: &str, characters: std::ops::RangeInclusive<usize>) -> bool {
    characters.contains(&text.chars().count())
}

/// Checks a display name: 1 to 200 characters, no control characters, not blank.
pub fn name(text: &str) -> Result<&str, Invalid> {
    let fits =
        within(text, 1..=200) && !text.chars().any(char::is_control) && !text.trim().is_empty();
    fits.then_some(text)
        .ok_or(Invalid("1 to 200 characters, no control characters"))
}

/// Checks a description: at most 2,000 characters, no control characters except line breaks.
pub fn description(text: &str) -> Result<&str, Invalid> {
    let fits = within(text, 0..=2_000)
        && !text
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\r');
    fits.then_some(text).ok_or(Invalid(
        "at most 2,000 characters, no control characters but line breaks",
    ))
}

/// Checks the reason for an action: at most 1,000 characters, no control characters except line breaks.
pub fn reason(text: &str) -> Result<&str, Invalid> {
    let fits = within(text, 0..=1_000) && description(text).is_ok();
    fits.then_some(text).ok_or(Invalid(
        "at most 1,000 characters, no control characters but line breaks",
    ))
}

/// Checks the category of an app: a name, or empty.
pub fn category(text: &str) -> Result<&str, Invalid> {
    if text.is_empty() {
        Ok(text)
    } else {
        name(text)
    }
}

/// Checks a user's identifier at the identity provider: 1 to 255 characters, no control characters.
pub fn external_id(text: &str) -> Result<&str, Invalid> {
    let fits = within(text, 1..=255) && !text.chars().any(char::is_control);
    fits.then_some(text)
        .ok_or(Invalid("1 to 255 characters, no control characters"))
}

/// Checks an e-mail address: the mailbox of RFC 5321, section 4.1.2, whose local part is not a quoted string and
/// whose domain is a name. A domain that is not ASCII is in the form of DNS (`xn--…`). Whether mail arrives is not
/// checked.
pub fn email(text: &str) -> Result<&str, Invalid> {
    let fits = text.len() <= 254
        && text.split_once('@').is_some_and(|(local, domain)| {
            // RFC 5321, section 4.5.3.1.1.
            local.len() <= 64 && local.split('.').all(is_atom) && domain.split('.').all(is_label)
        });
    fits.then_some(text)
        .ok_or(Invalid("an e-mail address, as alice@acme.example"))
}

/// An atom (RFC 5322, section 3.2.3).
fn is_atom(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    !text.is_empty() && text.bytes().all(fits)
}

/// A label (RFC 1035, section 2.3.1), which may also begin with a digit (RFC 1123, section 2.1).
fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Checks a DNS name in lower case, as `acme.example`.
pub fn domain(text: &str) -> Result<&str, Invalid> {
    let fits = text.len() <= 253
        && text.contains('.')
        && text.split('.').all(is_label)
        && !text.bytes().any(|b| b.is_ascii_uppercase());
    fits.then_some(text)
        .ok_or(Invalid("a domain in lower case, as acme.example"))
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
        for fit in [
            "alice@acme.example",
            "o'neil+bills/2026@Mail.Acme.example",
            "root@localhost",
            "a@xn--mller-kva.example",
        ] {
            assert_eq!(email(fit), Ok(fit));
        }
        assert!(email(&format!("{}@b", "a".repeat(64))).is_ok());
        assert!(email(&format!("{}@b", "a".repeat(65))).is_err());
        for unfit in [
            "",
            "alice",
            "@acme.example",
            "alice@",
            "a@b@c",
            "a b@c",
            ".a@acme.example",
            "a..b@acme.example",
            "a.@acme.example",
            r"a\@acme.example",
            r#""a b"@acme.example"#,
            "a@acme..example",
            "a@acme.example.",
            "a@-acme.example",
            "a@acme_1.example",
            "a@[127.0.0.1]",
            "a@müller.example",
            "zoë@acme.example",
            "a@b\n",
        ] {
            assert!(email(unfit).is_err(), "{unfit:?}");
        }
        assert!(domain("mail.acme.example").is_ok());
        for unfit in ["", "acme", "Acme.example", "-a.example", "a..b", "a.b."] {
            assert!(domain(unfit).is_err(), "{unfit:?}");
        }
    }
}
