//! Where an app is found.

use url::Url;

use crate::Unfit;

const EXPECTED: Unfit = Unfit("an absolute http or https URL of at most 2,000 characters");

/// Checks that a text is an absolute http(s) URL; returns it as it was written.
pub fn web_url(text: &str) -> Result<&str, Unfit> {
    let fits = text.len() <= 2_000
        && !text.chars().any(|c| c.is_control() || c.is_whitespace())
        && (text.starts_with("http://") || text.starts_with("https://"))
        && Url::parse(text).is_ok_and(|url| url.has_host());
    if fits { Ok(text) } else { Err(EXPECTED) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_http() {
        for fit in [
            "https://drive.example.com/api",
            "http://127.0.0.1:8080",
            "https://[::1]/",
        ] {
            assert_eq!(web_url(fit), Ok(fit));
        }
        for unfit in [
            "",
            "drive.example.com",
            "/api",
            "ftp://x",
            "https://",
            "https://a b",
            "javascript:alert(1)",
        ] {
            assert_eq!(web_url(unfit), Err(EXPECTED), "{unfit:?}");
        }
    }
}
