//! The identity providers and their key sets, as PostgreSQL gives them and Redis keeps them.

use std::sync::Arc;

use serde::Deserialize;
use vocabulary::Slug;

use super::{description::Description, sender::Sender};
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
    /// Absent where a version before this one filled Redis.
    #[serde(default)]
    logout_audiences: Vec<String>,
    source: Option<String>,
    key_set: Option<String>,
    fetched_at: Option<u64>,
}

/// All providers whose keys are published, with the keys that are known; and all as those that send events.
pub struct Kept {
    providers: Vec<Arc<Provider>>,
    senders: Vec<Sender>,
}

impl Kept {
    /// Of JSON. The variables describe `default`, where its keys are none of them; its issuer is nobody else's.
    pub fn read(json: &str, default: &Provider) -> Result<Self, serde_json::Error> {
        let rows: Vec<Row> = serde_json::from_str(json)?;
        let senders = rows.iter().map(|row| row.sender(default)).collect();
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
        Ok(Self { providers, senders })
    }

    /// The provider of an issuer.
    pub fn of_issuer(&self, issuer: &str) -> Option<&Arc<Provider>> {
        let mut providers = self.providers.iter();
        providers.find(|provider| provider.issuer() == issuer)
    }

    /// The provider of a slug, as one that sends events.
    pub fn sender(&self, slug: &str) -> Option<&Sender> {
        let mut senders = self.senders.iter();
        senders.find(|sender| sender.slug.as_str() == slug)
    }
}

impl Row {
    fn sender(&self, default: &Provider) -> Sender {
        let issuer = if self.slug == *default.slug() {
            Some(default.issuer())
        } else {
            self.issuer.as_deref().filter(|issuer| !issuer.is_empty())
        };
        Sender::new(&self.slug, issuer, self.realm.as_deref(), self.slot)
            .with_logout_audiences(self.logout_audiences.clone())
    }

    /// Where it is whole.
    fn description(&self, default: &Provider) -> Option<Description> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let issuer = given(&self.issuer).filter(|issuer| issuer != default.issuer())?;
        Some(Description {
            slug: self.slug.clone(),
            issuer,
            audience: given(&self.audience)?,
            longest_token: default.longest_token(),
            keys_at: given(&self.jwks_url),
        })
    }

    /// Where they come from where the provider's keys do.
    fn keys(&self, description: &Description) -> Option<PublishedKeys> {
        self.source
            .as_deref()
            .filter(|source| *source == description.source())?;
        PublishedKeys::read(&self.slug, self.key_set.as_deref()?, self.fetched_at?)
    }
}
