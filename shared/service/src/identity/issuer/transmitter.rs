//! The transmitter of events about a provider's users, by the OpenID Shared Signals Framework.

use std::sync::Arc;

use vocabulary::Slug;

use super::description::is_but_for_a_slash;
use crate::identity::Provider;

/// Who tells.
#[derive(Clone)]
pub struct Transmitter {
    /// Its slug.
    pub slug: Slug,
    /// The slug of the provider of whose users it tells.
    pub provider: Slug,
    /// The issuer of that one's tokens, where it is known.
    pub provider_issuer: Option<String>,
    /// What must be in the `aud` of its tokens.
    pub audience: String,
    /// The name under which the provider links the users of this issuer with its own.
    pub alias: Option<String>,
    /// The number that its variables bear.
    pub slot: Option<u8>,
    /// By whose keys its tokens are signed; none where it is the provider itself that tells.
    pub signer: Option<Arc<Provider>>,
}

impl Transmitter {
    /// The `iss` of its tokens, where it is known.
    pub fn issuer(&self) -> Option<&str> {
        let own = self.signer.as_ref().map(|signer| signer.issuer());
        own.or(self.provider_issuer.as_deref())
    }

    /// Whether this names its issuer.
    pub fn is_issuer(&self, named: &str) -> bool {
        let own = self.issuer();
        own.is_some_and(|own| is_but_for_a_slash(own, named))
    }

    /// Whether this names the issuer of the provider.
    pub fn is_provider(&self, named: &str) -> bool {
        let own = self.provider_issuer.as_deref();
        own.is_some_and(|own| is_but_for_a_slash(own, named))
    }
}
