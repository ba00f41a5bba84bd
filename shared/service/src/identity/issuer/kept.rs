//! The identity providers and their key sets, as PostgreSQL returns them and as Redis caches them.

use std::sync::Arc;

use serde::Deserialize;
use vocabulary::Slug;

use super::{
    description::{Description, Kind},
    sender::Sender,
    transmitter::Transmitter,
};
use crate::identity::{provider::Provider, published_keys::PublishedKeys};

/// A row of `shell.find_identity_providers`.
#[derive(Deserialize)]
struct Row {
    slug: Slug,
    issuer: Option<String>,
    audience: Option<String>,
    jwks_url: Option<String>,
    slot: Option<u8>,
    realm: Option<String>,
    /// Missing if a version before this one filled Redis.
    #[serde(default)]
    logout_audiences: Vec<String>,
    source: Option<String>,
    key_set: Option<String>,
    fetched_at: Option<u64>,
    /// Missing if a version before this one filled Redis.
    #[serde(default)]
    transmitters: Vec<TransmitterRow>,
}

/// A transmitter of events about the provider's users.
#[derive(Deserialize)]
struct TransmitterRow {
    slug: Slug,
    issuer: Option<String>,
    audience: String,
    slot: Option<u8>,
    alias: Option<String>,
    source: Option<String>,
    key_set: Option<String>,
    fetched_at: Option<u64>,
}

/// All providers whose keys are published, with the known keys; all providers as senders of events; and the
/// transmitters.
pub struct Kept {
    providers: Vec<Arc<Provider>>,
    senders: Vec<Sender>,
    transmitters: Vec<Transmitter>,
}

impl Kept {
    /// Parses the JSON. `default` is described by the variables, and included if its keys are published; no other
    /// provider may have its issuer.
    pub fn read(json: &str, default: &Provider) -> Result<Self, serde_json::Error> {
        let rows: Vec<Row> = serde_json::from_str(json)?;
        let senders = rows.iter().map(|row| row.sender(default)).collect();
        let transmitters = rows.iter().flat_map(|row| row.transmitters(default));
        let transmitters = transmitters.collect();
        let of_row = |row: Row| {
            let description = if row.slug == *default.slug() {
                default.published()?.clone()
            } else {
                row.description(default)?
            };
            let keys = row.keys(&description);
            Provider::published_by(description, keys).ok().map(Arc::new)
        };
        let providers = rows.into_iter().filter_map(of_row).collect();
        Ok(Self {
            providers,
            senders,
            transmitters,
        })
    }

    /// The provider of an issuer.
    pub fn of_issuer(&self, issuer: &str) -> Option<&Arc<Provider>> {
        let mut providers = self.providers.iter();
        providers.find(|provider| provider.issuer() == issuer)
    }

    /// The same provider or transmitter, as it is here.
    pub fn again(&self, provider: &Provider) -> Option<&Arc<Provider>> {
        match provider.description().kind {
            Kind::IdentityProvider => self.of_issuer(provider.issuer()),
            Kind::Transmitter => self
                .transmitter(provider.slug().as_str())
                .and_then(|transmitter| transmitter.signer.as_ref()),
        }
    }

    /// The transmitter with a slug.
    pub fn transmitter(&self, slug: &str) -> Option<&Transmitter> {
        let mut transmitters = self.transmitters.iter();
        transmitters.find(|transmitter| transmitter.slug.as_str() == slug)
    }

    /// The provider with a slug, as a sender of events.
    pub fn sender(&self, slug: &str) -> Option<&Sender> {
        let mut senders = self.senders.iter();
        senders.find(|sender| sender.slug.as_str() == slug)
    }
}

impl Row {
    /// The issuer of its tokens, if it is known.
    fn issuer<'a>(&'a self, default: &'a Provider) -> Option<&'a str> {
        if self.slug == *default.slug() {
            Some(default.issuer())
        } else {
            self.issuer.as_deref().filter(|issuer| !issuer.is_empty())
        }
    }

    fn transmitters(&self, default: &Provider) -> Vec<Transmitter> {
        let issuer = self.issuer(default);
        let of_row = move |row: &TransmitterRow| Transmitter {
            slug: row.slug.clone(),
            provider: self.slug.clone(),
            provider_issuer: issuer.map(str::to_owned),
            audience: row.audience.clone(),
            alias: row.alias.clone(),
            slot: row.slot,
            signer: row.signer(default),
        };
        self.transmitters.iter().map(of_row).collect()
    }

    fn sender(&self, default: &Provider) -> Sender {
        let issuer = self.issuer(default);
        Sender::new(&self.slug, issuer, self.realm.as_deref(), self.slot)
            .with_logout_audiences(self.logout_audiences.clone())
    }

    /// The description, if it is complete.
    fn description(&self, default: &Provider) -> Option<Description> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let issuer = given(&self.issuer).filter(|issuer| issuer != default.issuer())?;
        Some(Description {
            kind: Kind::IdentityProvider,
            slug: self.slug.clone(),
            issuer,
            audience: given(&self.audience)?,
            longest_token: default.longest_token(),
            keys_at: given(&self.jwks_url),
        })
    }

    /// The keys, if they come from the provider's current source.
    fn keys(&self, description: &Description) -> Option<PublishedKeys> {
        self.source
            .as_deref()
            .filter(|source| *source == description.source())?;
        PublishedKeys::read(&self.slug, self.key_set.as_deref()?, self.fetched_at?)
    }
}

impl TransmitterRow {
    /// The signer, with its own keys; `None` if the provider itself is the transmitter.
    fn signer(&self, default: &Provider) -> Option<Arc<Provider>> {
        let issuer = self.issuer.clone()?;
        let is_from = |source: &String| *source == issuer;
        let keys = self.source.as_ref().filter(|source| is_from(source));
        let keys = keys
            .and(self.key_set.as_deref())
            .zip(self.fetched_at)
            .and_then(|(set, fetched_at)| PublishedKeys::read(&self.slug, set, fetched_at));
        let description = Description {
            kind: Kind::Transmitter,
            slug: self.slug.clone(),
            issuer,
            audience: self.audience.clone(),
            longest_token: default.longest_token(),
            keys_at: None,
        };
        Provider::published_by(description, keys).ok().map(Arc::new)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::identity::crafting::{provider, public};

    /// The default provider, whose keys are configured, and which is a transmitter itself.
    fn kept(set_from: &str) -> Kept {
        let set = json!({"keys": [public(2, "two")]}).to_string();
        let rows = json!([{"slug": "default", "slot": 1, "transmitters": [
            {"slug": "default", "issuer": null, "audience": "shell-ssf", "slot": 1},
            {"slug": "google", "issuer": "https://accounts.example", "audience": "client", "slot": 2,
                "alias": "google", "source": set_from, "key_set": set, "fetched_at": 1_000_000_000},
        ]}]);
        Kept::read(&rows.to_string(), &provider()).unwrap()
    }

    #[test]
    fn a_transmitter_is_the_provider_or_has_keys_of_its_own() {
        let kept = kept("https://accounts.example");
        let own = kept.transmitter("default").unwrap();
        assert_eq!(own.issuer(), Some("issuer"));
        assert!(own.signer.is_none());
        let google = kept.transmitter("google").unwrap();
        assert_eq!(google.issuer(), Some("https://accounts.example"));
        assert!(google.is_issuer("https://accounts.example/") && !google.is_issuer("issuer"));
        assert!(google.is_provider("issuer") && !google.is_provider("issuer2"));
        let signer = google.signer.as_ref().unwrap();
        assert_eq!(signer.fetched_at(), Some(1_000_000_000));
        assert!(Arc::ptr_eq(kept.again(signer).unwrap(), signer));
        assert!(kept.transmitter("partner").is_none());
        // It signs no tokens of callers.
        assert!(kept.of_issuer("https://accounts.example").is_none());
    }

    #[test]
    fn keys_from_elsewhere_are_none_of_its() {
        let kept = kept("https://elsewhere.example");
        let signer = kept.transmitter("google").unwrap().signer.clone();
        assert_eq!(signer.unwrap().fetched_at(), None);
    }
}
