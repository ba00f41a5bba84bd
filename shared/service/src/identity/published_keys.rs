//! The keys that an issuer published at a time.

use clock::Timestamp;
use vocabulary::Slug;

use super::{
    issuer::judging,
    keys::{Key, signing_keys},
};

/// A key set that was fetched.
pub struct PublishedKeys {
    keys: Vec<Key>,
    /// The time of the fetch, in microseconds since the epoch.
    pub fetched_at: u64,
}

impl PublishedKeys {
    /// From the stored key set of a provider, if it can be read.
    pub fn read(provider: &Slug, jwks: &str, fetched_at: u64) -> Option<Self> {
        let keys = signing_keys(provider.as_str(), jwks).ok()?.keys;
        Some(Self { keys, fetched_at })
    }

    /// The keys, for as long as they are valid.
    pub(super) fn in_force(&self, now: Timestamp) -> &[Key] {
        if judging::counts(self.fetched_at, now) {
            &self.keys
        } else {
            &[]
        }
    }
}
