//! The transmitter of events about a provider's users, by the OpenID Shared Signals Framework.

use std::sync::Arc;

use vocabulary::Slug;

use super::description::is_but_for_a_slash;
use crate::identity::Provider;

/// A transmitter.
#[derive(Clone)]
pub struct Transmitter {
    /// Its slug.
    pub slug: Slug,
    /// The slug of the provider whose users its events are about.
    pub provider: Slug,
    /// The issuer of that provider's tokens, if it is known.
    pub provider_issuer: Option<String>,
    /// The value that the `aud` of its tokens must contain.
    pub audience: String,
    /// The name under which the provider links the users of this issuer with its own.
    pub alias: Option<String>,
    /// The number of its variables.
    pub slot: Option<u8>,
    /// The signer of its tokens, with its keys; `None` if the provider itself is the transmitter.
    pub signer: Option<Arc<Provider>>,
}

impl Transmitter {
    /// The `iss` of its tokens, if it is known.
    pub fn issuer(&self) -> Option<&str> {
        let own = self.signer.as_ref().map(|signer| signer.issuer());
        own.or(self.provider_issuer.as_deref())
    }

    /// Whether this is the name of its issuer.
    pub fn is_issuer(&self, named: &str) -> bool {
        let own = self.issuer();
        own.is_some_and(|own| is_but_for_a_slash(own, named))
    }

    /// Whether this is the name of the provider's issuer.
    pub fn is_provider(&self, named: &str) -> bool {
        let own = self.provider_issuer.as_deref();
        own.is_some_and(|own| is_but_for_a_slash(own, named))
    }
}
