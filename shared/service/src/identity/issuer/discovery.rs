//! The document in which an issuer describes itself (OpenID Connect Discovery 1.0, section 3; OpenID Shared Signals
//! Framework 1.0, section 7.1).

use serde::Deserialize;

use super::{address::Address, description::Description, failure::Failure};

/// How many characters of the issuer in a document are logged.
const SHOWN: usize = 200;

#[derive(Deserialize)]
struct Document {
    issuer: String,
    jwks_uri: String,
}

/// The address of the keys, from the document of this issuer.
pub fn keys_address(description: &Description, document: &[u8]) -> Result<Address, Failure> {
    let document: Document = serde_json::from_slice(document).map_err(|_| Failure::NoDocument)?;
    if !description.is_issuer(&document.issuer) {
        return Err(Failure::OtherIssuer {
            named: document.issuer.chars().take(SHOWN).collect(),
            expected: description.issuer.clone(),
        });
    }
    Address::parse(&document.jwks_uri)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use vocabulary::Slug;

    use super::*;
    use crate::identity::issuer::description::Kind;

    fn read(document: &serde_json::Value) -> Result<Address, Failure> {
        let description = Description {
            kind: Kind::IdentityProvider,
            slug: Slug::try_from("default").unwrap(),
            issuer: "https://id.example/a".to_owned(),
            audience: "shell".to_owned(),
            longest_token: Duration::from_secs(1),
            keys_at: None,
        };
        keys_address(&description, document.to_string().as_bytes())
    }

    #[test]
    fn the_document_must_name_the_issuer_to_the_last_character() {
        let of = |issuer: &str| {
            read(&json!({"issuer": issuer, "jwks_uri": "https://id.example/keys", "more": [1]}))
        };
        assert_eq!(
            of("https://id.example/a").unwrap().shown(),
            "https://id.example/keys"
        );
        for other in [
            "https://id.example/a/",
            "https://ID.example/a",
            "https://id.example",
            "",
        ] {
            let failure = of(other).unwrap_err();
            let said = failure.to_string();
            assert!(said.contains("\"https://id.example/a\""), "{said}");
            assert!(said.contains(&format!("{other:?}")), "{said}");
        }
        let Err(Failure::OtherIssuer { named, .. }) = of(&"é".repeat(10_000)) else {
            panic!("a long one is another one");
        };
        assert_eq!(named.chars().count(), SHOWN);
    }

    #[test]
    fn what_is_no_such_document_says_nothing() {
        for other in [
            json!({}),
            json!([]),
            json!({"issuer": "https://id.example/a"}),
            json!({"issuer": 1, "jwks_uri": "https://id.example/keys"}),
        ] {
            assert_eq!(read(&other), Err(Failure::NoDocument));
        }
        let plain = json!({"issuer": "https://id.example/a", "jwks_uri": "http://id.example/keys"});
        assert_eq!(read(&plain), Err(Failure::NotHttps));
    }
}
