//! The configuration of an issuer whose keys are not configured.

use std::time::Duration;

use vocabulary::Slug;

/// An issuer of tokens, their audience and longest lifetime, and the source of its keys.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Description {
    /// What the issuer is.
    pub kind: Kind,
    /// Its slug.
    pub slug: Slug,
    /// The `iss` of its tokens.
    pub issuer: String,
    /// The value that the `aud` of its tokens must contain.
    pub audience: String,
    /// The longest lifetime of its tokens: the same as that of every provider.
    pub longest_token: Duration,
    /// The address of the keys, if it is not taken from the issuer's own document.
    pub keys_at: Option<String>,
}

/// A kind of issuer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// It signs the tokens of callers.
    IdentityProvider,
    /// It signs security events (OpenID Shared Signals Framework 1.0).
    Transmitter,
}

impl Description {
    /// The source of the keys. A key set from another source does not belong to this provider.
    pub fn source(&self) -> &str {
        self.keys_at.as_deref().unwrap_or(&self.issuer)
    }

    /// A name that identifies it among all others: a transmitter may have an identity provider's slug.
    pub fn name(&self) -> String {
        match self.kind {
            Kind::IdentityProvider => self.slug.to_string(),
            Kind::Transmitter => format!("ssf/{}", self.slug),
        }
    }

    /// Whether this is exactly the name of its issuer. Some transmitters name themselves both with and without a
    /// slash at the end.
    pub fn is_issuer(&self, named: &str) -> bool {
        match self.kind {
            Kind::IdentityProvider => named == self.issuer,
            Kind::Transmitter => is_but_for_a_slash(named, &self.issuer),
        }
    }
}

/// Whether two issuers are the same except for one slash at the end.
pub fn is_but_for_a_slash(one: &str, other: &str) -> bool {
    let bare = |issuer: &str| issuer.strip_suffix('/').unwrap_or(issuer).to_owned();
    bare(one) == bare(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_transmitters_issuer_may_have_a_slash_more_or_less() {
        let mut description = Description {
            kind: Kind::Transmitter,
            slug: Slug::try_from("google").unwrap(),
            issuer: "https://accounts.example".to_owned(),
            audience: "shell".to_owned(),
            longest_token: Duration::from_secs(1),
            keys_at: None,
        };
        let slash = "https://accounts.example/";
        assert!(description.is_issuer(slash) && description.is_issuer("https://accounts.example"));
        for other in [
            "https://accounts.example//",
            "https://Accounts.example",
            "",
            "/",
        ] {
            assert!(!description.is_issuer(other), "{other}");
        }
        assert_eq!(description.name(), "ssf/google");
        description.kind = Kind::IdentityProvider;
        assert!(!description.is_issuer(slash));
        assert_eq!(description.name(), "google");
    }
}
