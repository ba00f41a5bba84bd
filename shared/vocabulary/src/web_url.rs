//! The address of an app.

use fluent_uri::{Uri, component::Authority};

use crate::Invalid;

const EXPECTED: Invalid = Invalid(
    "an absolute http or https URL (RFC 3986) of at most 2,000 characters, with a host and without user information",
);

/// Checks that a text is an absolute http(s) URL; returns it as it was written.
pub fn web_url(text: &str) -> Result<&str, Invalid> {
    let fits = text.len() <= 2_000
        && Uri::parse(text).is_ok_and(|uri| {
            let scheme = uri.scheme().as_str();
            let is_web = ["http", "https"]
                .iter()
                .any(|web| web.eq_ignore_ascii_case(scheme));
            is_web && uri.authority().is_some_and(names_a_server)
        });
    if fits { Ok(text) } else { Err(EXPECTED) }
}

/// Credentials must not be in an address that everyone can see (RFC 9110, section 4.2.4). RFC 3986 allows more
/// characters in a name than DNS does, and programs interpret such names differently.
fn names_a_server(authority: Authority<'_>) -> bool {
    let host = authority.host();
    let is_address = host.starts_with('[') && !host.starts_with("[v") && !host.starts_with("[V");
    let is_name = !host.is_empty()
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'));
    authority.userinfo().is_none() && (is_address || is_name) && authority.port_to_u16().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_http() {
        for fit in [
            "https://drive.example.com/api",
            "HTTPS://Drive.example/%7Ea?b=/?#c",
            "http://127.0.0.1:8080",
            "http://localhost",
            "https://[::1]/",
            "https://xn--mller-kva.example",
        ] {
            assert_eq!(web_url(fit), Ok(fit));
        }
        for unfit in [
            "",
            "drive.example.com",
            "/api",
            "ftp://x",
            "https:drive.example",
            "https://a b",
            "javascript:alert(1)",
            // Browsers accept an IRI; a URI is ASCII.
            "https://müller.example",
            "https://a.example/ä",
        ] {
            assert_eq!(web_url(unfit), Err(EXPECTED), "{unfit:?}");
        }
        assert!(web_url(&format!("http://a/{}", "b".repeat(1_991))).is_ok());
        assert!(web_url(&format!("http://a/{}", "b".repeat(1_992))).is_err());
    }

    #[test]
    fn what_stands_before_the_path_is_a_server_and_nothing_else() {
        for unfit in [
            "https://",
            "https:///path",
            "https://:443/",
            "https://?query",
            r"https://good.example\@evil.example",
            r"https:\\good.example",
            "https://alice@drive.example",
            "https://alice:secret@drive.example",
            "https://@drive.example",
            "https://drive.example:65536",
            "https://drive.example:x",
            "https://%64rive.example",
            "https://[::1",
            "https://[v1.a]",
        ] {
            assert_eq!(web_url(unfit), Err(EXPECTED), "{unfit:?}");
        }
    }

    #[test]
    fn an_escape_is_whole() {
        for unfit in [
            "https://a/%",
            "https://a/%4",
            "https://a/%zz",
            "https://a/?%G0",
        ] {
            assert_eq!(web_url(unfit), Err(EXPECTED), "{unfit:?}");
        }
    }
}
