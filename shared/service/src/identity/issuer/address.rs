//! Addresses from which keys may be fetched.

use http::Uri;

use super::failure::Failure;

/// The document in which an issuer describes itself, below its own address (OpenID Connect Discovery 1.0, section 4).
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// The names of the documents in which a transmitter may describe itself: that of the OpenID Shared Signals Framework
/// 1.0 (section 7.2), and the one from before it.
const OF_TRANSMITTERS: [&str; 2] = [
    "/.well-known/ssf-configuration",
    "/.well-known/risc-configuration",
];

/// An address by https, or by http on loopback.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Address {
    /// Otherwise http.
    pub is_https: bool,
    /// The host, with the port if it is not the scheme's default.
    pub authority: String,
    /// It begins with a slash.
    pub path_and_query: String,
}

impl Address {
    /// The address of the document that describes an issuer.
    pub fn of_discovery(issuer: &str) -> Result<Self, Failure> {
        if issuer.contains(['?', '#']) {
            return Err(Failure::NoAddress);
        }
        let issuer = issuer.strip_suffix('/').unwrap_or(issuer);
        Self::parse(&[issuer, DISCOVERY].concat())
    }

    /// The addresses of the documents that may describe a transmitter, the likeliest first. The document's name
    /// belongs between host and path, but some transmitters have it at the end.
    pub fn of_transmitter(issuer: &str) -> Result<Vec<Self>, Failure> {
        if issuer.contains(['?', '#']) {
            return Err(Failure::NoAddress);
        }
        let own = Self::parse(issuer.strip_suffix('/').unwrap_or(issuer))?;
        let path = own.path_and_query.as_str();
        let path = if path == "/" { "" } else { path };
        let at = |parts: [&str; 2]| Self {
            path_and_query: parts.concat(),
            ..own.clone()
        };
        let mut addresses = Vec::new();
        for name in OF_TRANSMITTERS {
            addresses.push(at([name, path]));
            if !path.is_empty() {
                addresses.push(at([path, name]));
            }
        }
        Ok(addresses)
    }

    /// Parses an absolute URL.
    pub fn parse(url: &str) -> Result<Self, Failure> {
        let uri: Uri = url.parse().map_err(|_| Failure::NoAddress)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(Failure::NoAddress);
        };
        // The part before an `@` would be a secret, and is never sent.
        if authority.as_str().contains('@') {
            return Err(Failure::NoAddress);
        }
        let is_https = match scheme {
            "https" => true,
            "http" if vocabulary::is_loopback(authority.host()) => false,
            "http" => return Err(Failure::NotHttps),
            _ => return Err(Failure::NoAddress),
        };
        let path_and_query = uri.path_and_query();
        Ok(Self {
            is_https,
            authority: authority.as_str().to_owned(),
            path_and_query: path_and_query.map_or("/", |path| path.as_str()).to_owned(),
        })
    }

    /// The address for the log: without the query, which may contain anything.
    pub fn shown(&self) -> String {
        let scheme = if self.is_https { "https" } else { "http" };
        let path = self.path_and_query.split('?').next().unwrap_or_default();
        format!("{scheme}://{}{path}", self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_but_on_loopback() {
        for url in [
            "https://id.example/realms/veni",
            "https://id.example:8443/keys?tenant=1",
            "http://127.0.0.1:8080/keys",
            "http://127.1.2.3/keys",
            "http://LOCALHOST/keys",
            "http://[::1]:8080/keys",
        ] {
            assert!(Address::parse(url).is_ok(), "{url}");
        }
        for url in [
            "http://id.example/keys",
            "http://localhost.example/keys",
            "http://10.0.0.1/keys",
            "http://[::2]/keys",
        ] {
            assert_eq!(Address::parse(url), Err(Failure::NotHttps), "{url}");
        }
        for url in [
            "",
            "id.example/keys",
            "/keys",
            "file:///etc/passwd",
            "https://user:secret@id.example/keys",
            "https:// id.example/",
        ] {
            assert_eq!(Address::parse(url), Err(Failure::NoAddress), "{url}");
        }
    }

    #[test]
    fn an_issuer_is_described_below_its_own_address() {
        for (issuer, path) in [
            ("https://id.example", DISCOVERY.to_owned()),
            ("https://id.example/", DISCOVERY.to_owned()),
            (
                "https://id.example/realms/veni",
                format!("/realms/veni{DISCOVERY}"),
            ),
            (
                "https://id.example/realms/veni/",
                format!("/realms/veni{DISCOVERY}"),
            ),
        ] {
            let address = Address::of_discovery(issuer).unwrap();
            assert_eq!(address.authority, "id.example");
            assert_eq!(address.path_and_query, path, "{issuer}");
        }
        for issuer in [
            "https://id.example/?a",
            "https://id.example/#a",
            "id.example",
            "",
        ] {
            assert!(Address::of_discovery(issuer).is_err(), "{issuer}");
        }
    }

    #[test]
    fn a_transmitter_is_described_at_one_of_a_few_addresses() {
        let paths = |issuer| {
            let addresses = Address::of_transmitter(issuer).unwrap();
            let paths = addresses.into_iter().map(|address| address.path_and_query);
            paths.collect::<Vec<_>>()
        };
        for issuer in ["https://id.example", "https://id.example/"] {
            let expected = [
                "/.well-known/ssf-configuration",
                "/.well-known/risc-configuration",
            ];
            assert_eq!(paths(issuer), expected, "{issuer}");
        }
        for issuer in ["https://id.example/a/b", "https://id.example/a/b/"] {
            let expected = [
                "/.well-known/ssf-configuration/a/b",
                "/a/b/.well-known/ssf-configuration",
                "/.well-known/risc-configuration/a/b",
                "/a/b/.well-known/risc-configuration",
            ];
            assert_eq!(paths(issuer), expected, "{issuer}");
        }
        for issuer in ["https://id.example/?a", "http://id.example", ""] {
            assert!(Address::of_transmitter(issuer).is_err(), "{issuer}");
        }
    }

    #[test]
    fn what_the_log_shows_has_no_query() {
        let address = Address::parse("https://id.example:8443/keys?code=secret").unwrap();
        assert_eq!(address.shown(), "https://id.example:8443/keys");
        assert_eq!(address.path_and_query, "/keys?code=secret");
    }
}
