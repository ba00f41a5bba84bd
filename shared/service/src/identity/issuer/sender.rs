//! An identity provider as a sender of events: the realm that they must come from.

use percent_encoding::percent_decode_str;
use vocabulary::Slug;

/// The part before a realm's name in a Keycloak's issuer.
const BEFORE_A_REALM: &str = "/realms/";

/// A sender of events.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sender {
    /// Its slug.
    pub slug: Slug,
    /// The `iss` of its tokens, if it is known.
    pub issuer: Option<String>,
    /// The realm that its events must name, if it is known.
    pub realm: Option<String>,
    /// The number of its variables.
    pub slot: Option<u8>,
    /// The clients about whose logouts it may report.
    pub logout_audiences: Vec<String>,
}

impl Sender {
    /// A sender with the given realm, or else that of its issuer. It may report logouts to no client.
    pub fn new(slug: &Slug, issuer: Option<&str>, realm: Option<&str>, slot: Option<u8>) -> Self {
        let said = realm.filter(|realm| !realm.is_empty());
        Self {
            slug: slug.clone(),
            issuer: issuer.map(str::to_owned),
            realm: said
                .map(str::to_owned)
                .or_else(|| issuer.and_then(realm_of)),
            slot,
            logout_audiences: Vec::new(),
        }
    }

    /// Lets it report logouts to these clients.
    #[must_use]
    pub fn with_logout_audiences(mut self, clients: Vec<String>) -> Self {
        self.logout_audiences = clients;
        self
    }
}

/// The realm at the end of an issuer.
fn realm_of(issuer: &str) -> Option<String> {
    let (_, realm) = issuer.rsplit_once(BEFORE_A_REALM)?;
    let realm = percent_decode_str(realm).decode_utf8().ok()?;
    (!realm.is_empty()).then(|| realm.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_realm_is_what_is_said_or_the_issuers_end() {
        let slug = Slug::try_from("default").unwrap();
        let realm = |issuer, said| Sender::new(&slug, issuer, said, None).realm;
        let issuer = Some("https://id.example/realms/veni");
        assert_eq!(realm(issuer, None).as_deref(), Some("veni"));
        assert_eq!(realm(issuer, Some("")).as_deref(), Some("veni"));
        assert_eq!(realm(issuer, Some("other")).as_deref(), Some("other"));
        assert_eq!(realm(None, Some("other")).as_deref(), Some("other"));
        let encoded = Some("https://id.example/auth/realms/a%20b");
        assert_eq!(realm(encoded, None).as_deref(), Some("a b"));
        for none in ["https://id.example", "https://id.example/realms/"] {
            assert_eq!(realm(Some(none), None), None, "{none}");
        }
    }
}
