//! The result of the one Redis command of a request.

use std::sync::OnceLock;

use clock::Timestamp;
use uuid::Uuid;

use super::{
    epoch::{self, Epoch},
    redis,
    seal::{SealKey, Sealed},
};
use crate::{
    problem::Problem,
    revocation::{self, Standing},
    variables,
};

static RECEIPT_KEY: OnceLock<SealKey> = OnceLock::new();

/// The result of the one Redis command of a request.
pub struct Lookup {
    /// The moment for which it was evaluated.
    pub at: Timestamp,
    /// The token's receipt, still sealed.
    pub receipt: Option<Vec<u8>>,
    /// The epoch; without one, nothing may be cached or trusted.
    pub epoch: Option<Epoch>,
    /// Whether the caller's tokens may have been revoked a moment ago; also true if that was not looked up.
    pub may_be_cut_off: bool,
    /// The raw values at the keys by which the token can be revoked; none if they were not looked up, or the token
    /// was not the one that it seemed to be.
    pub revocations: Option<Vec<Vec<u8>>>,
    /// For each requested key, in that order, the value, if it is valid; nothing at all if the keys were another
    /// tenant's.
    pub values: Vec<Option<Sealed>>,
}

impl Lookup {
    /// The result before Redis has answered.
    pub(super) const fn nothing(at: Timestamp) -> Self {
        Self {
            at,
            receipt: None,
            epoch: None,
            may_be_cut_off: true,
            revocations: None,
            values: Vec::new(),
        }
    }

    /// Whether the revocations that were looked up refuse a token of an organization that was issued in a given
    /// second. If they were not looked up, they count as unreadable.
    pub fn standing(&self, organization: Uuid, issued_at: u64) -> Standing {
        match &self.revocations {
            Some(found) => {
                let values = found.iter().map(Vec::as_slice);
                revocation::judge(values, Some(organization), issued_at)
            }
            None => Standing::Unreadable,
        }
    }

    /// Stores what was found at the revocation keys of the token, and then at the keys of its organization.
    pub(super) fn watch(
        &mut self,
        revoked: Vec<Option<Vec<u8>>>,
        found: impl Iterator<Item = Option<Vec<u8>>>,
    ) {
        let mut found = found.take(InOrganization::COUNT);
        let cut_off = [found.next().flatten(), found.next().flatten()];
        self.may_be_cut_off = cut_off.iter().any(Option::is_some);
        self.revocations = Some(revoked.into_iter().chain(found).flatten().collect());
    }

    /// Looks up more values of the same tenant, once the tenant is known. A value is valid as in the first lookup,
    /// by its epoch and its age; an unavailable Redis looks empty.
    pub async fn more(&self, keys: &[String]) -> Result<Vec<Option<Sealed>>, Problem> {
        let nothing = || vec![None; keys.len()];
        let Some(epoch) = self.epoch.as_ref().filter(|_| !keys.is_empty()) else {
            return Ok(nothing());
        };
        let seal_key = seal_key().await?;
        let Ok(found) = redis::get_all(keys.iter().map(String::as_str)).await else {
            return Ok(nothing());
        };
        let values = keys.iter().zip(found);
        let values = values
            .map(|(name, bytes)| bytes.and_then(|bytes| seal_key.open(name, &epoch.id, bytes)));
        Ok(values.collect())
    }
}

/// The key with which values are sealed.
pub async fn seal_key() -> Result<&'static SealKey, Problem> {
    if let Some(key) = RECEIPT_KEY.get() {
        return Ok(key);
    }
    let secret = variables::get("receipt_key").await?;
    let key = SealKey::new(&secret)
        .ok_or_else(|| Problem::internal("receipt_key must have at least 32 characters"))?;
    Ok(RECEIPT_KEY.get_or_init(|| key))
}

/// The epoch that is valid at a moment, for a caller that has nothing else to look up yet.
pub async fn epoch(at: Timestamp) -> Result<Option<Epoch>, Problem> {
    let seal_key = seal_key().await?;
    let Ok(checked) = redis::get(epoch::CHECKED).await else {
        return Ok(None);
    };
    Ok(epoch::standing(seal_key, checked, at).await)
}

/// The keys that can make a token invalid.
pub struct Watched {
    /// The keys of the token's revocations, except that of its organization.
    pub revoked: Vec<String>,
    /// The keys of its organization.
    pub in_organization: InOrganization,
}

/// The keys of an organization that can make a token invalid.
pub struct InOrganization {
    /// They exist while the organization's tokens, or the caller's, may have been cut off a moment ago.
    pub cutoffs: [String; 2],
    /// The revocation of the organization's tokens.
    pub revoked: String,
}

impl InOrganization {
    /// The number of these keys.
    pub(super) const COUNT: usize = 3;

    /// All of them, in the order in which [`Lookup::watch`] reads their values.
    pub(super) fn keys(&self) -> [&str; Self::COUNT] {
        let [of_all, of_one] = &self.cutoffs;
        [of_all, of_one, &self.revoked]
    }
}

/// Looks up a receipt and values together, for a request that arrived at a moment, and the keys that can make the
/// token invalid, if these are known. If Redis is unavailable, nothing is found.
pub async fn look_up(
    receipt: &str,
    watched: Option<&Watched>,
    keys: &[String],
    at: Timestamp,
) -> Result<Lookup, Problem> {
    let seal_key = seal_key().await?;
    let mut lookup = Lookup::nothing(at);
    let names = [receipt, epoch::CHECKED].into_iter();
    let revoked = watched.map_or(&[][..], |watched| &watched.revoked);
    let in_organization = watched.map(|watched| watched.in_organization.keys());
    let names = names.chain(revoked.iter().map(String::as_str));
    let names = names.chain(in_organization.iter().flatten().copied());
    let names = names.chain(keys.iter().map(String::as_str));
    let Ok(mut found) = redis::get_all(names).await else {
        return Ok(lookup);
    };
    lookup.receipt = found.next().flatten();
    let checked = found.next().flatten();
    lookup.epoch = epoch::standing(seal_key, checked, at).await;
    if watched.is_some() {
        let revoked = found.by_ref().take(revoked.len()).collect();
        lookup.watch(revoked, found.by_ref());
    }
    if let Some(epoch) = &lookup.epoch {
        let values = keys.iter().zip(found).map(|(name, bytes)| {
            bytes.and_then(|bytes| seal_key.open_again(name, &epoch.id, bytes))
        });
        lookup.values = values.collect();
    }
    Ok(lookup)
}
