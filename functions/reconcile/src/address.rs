//! The address of the Admin API, and the addresses of its resources.

use anyhow::{Context, bail};
use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::provider::Provider;

/// Separates a provider's address from the name of a realm.
const REALMS: &str = "/realms/";

/// All characters but those that RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The address of a realm.
#[derive(Debug, Eq, PartialEq)]
pub struct Address {
    /// Scheme, host and port, which the host must let the job reach.
    pub origin: String,
    /// The prefix of all addresses.
    base: String,
    /// The realm as a part of a path.
    realm: String,
}

impl Address {
    /// The address of a provider's realm; `issuer` is the one of the application's variables, for the provider that has
    /// no issuer itself.
    pub fn of(provider: &Provider, issuer: &str) -> anyhow::Result<Self> {
        let issuer = provider.issuer.as_deref().unwrap_or(issuer);
        let issuer = issuer.strip_suffix('/').unwrap_or(issuer);
        let parts = issuer.rsplit_once(REALMS);
        let realm = match (&provider.realm, parts) {
            (Some(realm), _) => segment(realm),
            (None, Some((_, end))) if !end.is_empty() && !end.contains('/') => {
                let decoded = percent_decode_str(end).decode_utf8();
                segment(&decoded.context("the end of the issuer is not valid UTF-8")?)
            }
            _ => bail!(
                "the issuer does not end with /realms/ and a realm's name: set the provider's `realm`"
            ),
        };
        let (base, named_by) = match (&provider.admin_url, parts) {
            (Some(url), _) => (url.as_str(), "`admin_url`"),
            (None, Some((base, _))) => (base, "the issuer"),
            (None, None) => bail!(
                "the issuer does not show where the Admin API is: set the provider's `admin_url`"
            ),
        };
        let base = base.strip_suffix('/').unwrap_or(base);
        Ok(Self {
            // The error does not show the address itself, since it may contain a password.
            origin: origin(base)
                .with_context(|| format!("the address of the Admin API, from {named_by}"))?,
            base: base.to_owned(),
            realm,
        })
    }

    /// The address of the token endpoint.
    pub fn token(&self) -> String {
        let Self { base, realm, .. } = self;
        format!("{base}{REALMS}{realm}/protocol/openid-connect/token")
    }

    /// The address of a path in the Admin API; an empty path is the realm itself.
    pub fn admin(&self, path: &str) -> String {
        let Self { base, realm, .. } = self;
        let parts = if path.is_empty() { "" } else { "/" };
        format!("{base}/admin{REALMS}{realm}{parts}{path}")
    }
}

/// A name, encoded as a segment of a path.
pub fn segment(name: &str) -> String {
    utf8_percent_encode(name, RESERVED).to_string()
}

/// Whether an identifier can be a segment of a path: Keycloak refuses those that could be read as two segments, or
/// as none.
pub fn can_be_asked_for(id: &str) -> bool {
    !matches!(id, "" | "." | "..") && !id.contains(['/', '\\', ';', '%'])
}

/// Scheme, host and port of an address by https, or by http on loopback.
fn origin(url: &str) -> anyhow::Result<String> {
    let uri: Uri = url.parse().context("no URL")?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        bail!("no absolute URL");
    };
    if uri.query().is_some() || url.contains('#') {
        bail!("expected a URL without a query and a fragment");
    }
    // User information before an `@` would be a secret, and would not be sent.
    if authority.as_str().contains('@') {
        bail!("expected a URL without a user");
    }
    match scheme {
        "https" => {}
        "http" if vocabulary::is_loopback(authority.host()) => {}
        _ => bail!("it must begin with https://, or with http:// on loopback"),
    }
    Ok(format!("{scheme}://{authority}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(issuer: Option<&str>, realm: Option<&str>, admin_url: Option<&str>) -> Provider {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Provider {
            issuer: owned(issuer),
            realm: owned(realm),
            admin_url: owned(admin_url),
            ..Provider::default()
        }
    }

    #[test]
    fn a_realm_is_found_by_its_issuer() {
        let address = Address::of(
            &provider(None, None, None),
            "https://id.example/realms/veni",
        );
        let address = address.unwrap();
        assert_eq!(address.origin, "https://id.example");
        assert_eq!(address.admin(""), "https://id.example/admin/realms/veni");
        assert_eq!(
            address.admin("users/a"),
            "https://id.example/admin/realms/veni/users/a"
        );
        assert_eq!(
            address.token(),
            "https://id.example/realms/veni/protocol/openid-connect/token"
        );
        let with_path = provider(
            Some("http://127.0.0.1:8080/auth/realms/our%20realm/"),
            None,
            None,
        );
        let with_path = Address::of(&with_path, "https://other.example/realms/veni").unwrap();
        assert_eq!(with_path.origin, "http://127.0.0.1:8080");
        assert_eq!(
            with_path.admin("users"),
            "http://127.0.0.1:8080/auth/admin/realms/our%20realm/users"
        );
    }

    #[test]
    fn or_by_what_the_provider_says_of_itself() {
        let own = provider(
            Some("https://id.example"),
            Some("veni"),
            Some("https://inside.example:8443/kc/"),
        );
        let address = Address::of(&own, "").unwrap();
        assert_eq!(address.origin, "https://inside.example:8443");
        assert_eq!(
            address.admin("groups"),
            "https://inside.example:8443/kc/admin/realms/veni/groups"
        );
        for (issuer, realm, url) in [
            ("https://id.example", None, None),
            ("https://id.example", Some("veni"), None),
            ("https://id.example", None, Some("https://inside.example")),
            ("https://id.example/realms/", None, None),
            ("https://id.example/realms/a/b", None, None),
            ("", None, None),
        ] {
            assert!(Address::of(&provider(Some(issuer), realm, url), "").is_err());
        }
    }

    #[test]
    fn only_https_but_on_loopback() {
        for url in ["https://a.example", "http://[::1]:1/x", "http://LOCALHOST"] {
            assert!(origin(url).is_ok(), "{url}");
        }
        for url in [
            "http://a.example",
            "http://10.0.0.1",
            "ftp://127.0.0.1",
            "https://me:pw@a.example",
            "https://a.example?x",
            "https://a.example/#x",
            "a.example",
            "",
        ] {
            assert!(origin(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_not_told() {
        let own = |url| provider(None, None, Some(url));
        for (own, issuer) in [
            (
                own("https://me:pw@a.example"),
                "https://id.example/realms/veni",
            ),
            (own("//me:pw@a.example"), "https://id.example/realms/veni"),
            (
                provider(None, None, None),
                "https://me:pw@id.example/realms/veni",
            ),
            (provider(None, None, None), "https://me:pw@id.example"),
        ] {
            let error = format!("{:#}", Address::of(&own, issuer).unwrap_err());
            assert!(!error.contains("pw"), "{error}");
        }
    }

    #[test]
    fn an_identifier_is_one_part_of_a_path() {
        assert_eq!(segment("e41f-a8.31_~"), "e41f-a8.31_~");
        assert_eq!(segment("a b?c#é"), "a%20b%3Fc%23%C3%A9");
        assert!(can_be_asked_for("f:1234:alice@acme.example"));
        for id in ["", ".", "..", "a/b", "a\\b", "a;b", "a%2fb"] {
            assert!(!can_be_asked_for(id), "{id}");
        }
    }
}
