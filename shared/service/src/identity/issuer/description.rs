//! The configuration of an issuer whose keys are not configured.

use std::time::Duration;

use vocabulary::Slug;

/// Who signs tokens, for whom they must be and how long they may live, and where its keys are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Description {
    /// What it is.
    pub kind: Kind,
    /// Its slug.
    pub slug: Slug,
    /// The `iss` of its tokens.
    pub issuer: String,
    /// What must be in their `aud`.
    pub audience: String,
    /// How long its tokens may live: as long as every provider's.
    pub longest_token: Duration,
    /// Where it is not the issuer's own document that says it.
    pub keys_at: Option<String>,
}

/// Who signs tokens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Of callers.
    IdentityProvider,
    /// Of security events (OpenID Shared Signals Framework 1.0).
    Transmitter,
}

impl Description {
    /// Where the keys come from. A set from elsewhere is none of this provider's.
    pub fn source(&self) -> &str {
        self.keys_at.as_deref().unwrap_or(&self.issuer)
    }

    /// What tells it from all others: a transmitter may have an identity provider's slug.
    pub fn name(&self) -> String {
        match self.kind {
            Kind::IdentityProvider => self.slug.to_string(),
            Kind::Transmitter => format!("ssf/{}", self.slug),
        }
    }

    /// Whether this names its issuer, to the last character. Of transmitters there are such as call themselves with
    /// and without a slash at the end.
    pub fn is_issuer(&self, named: &str) -> bool {
        match self.kind {
            Kind::IdentityProvider => named == self.issuer,
            Kind::Transmitter => is_but_for_a_slash(named, &self.issuer),
        }
    }
}

/// Whether two issuers are the same, but for one slash at the end.
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
