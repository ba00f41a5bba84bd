//! What one command finds in Redis for a request.

use std::sync::OnceLock;

use clock::Timestamp;

use super::{
    epoch::{self, Epoch},
    redis,
    seal::{SealKey, Sealed},
};
use crate::{problem::Problem, variables};

static RECEIPT_KEY: OnceLock<SealKey> = OnceLock::new();

/// What one command found in Redis for a request.
pub struct Lookup {
    /// The moment by which it was judged.
    pub at: Timestamp,
    /// The token's receipt, still sealed.
    pub receipt: Option<Vec<u8>>,
    /// Without one, nothing may be kept or believed.
    pub epoch: Option<Epoch>,
    /// Whether the caller's tokens may have been cut off a moment ago; also where nobody looked for that.
    pub may_be_cut_off: bool,
    /// For each key that was asked for, in that order, the value, where one counts; none at all where the
    /// keys were another tenant's.
    pub values: Vec<Option<Sealed>>,
}

impl Lookup {
    /// As long as Redis has answered nothing.
    pub(super) const fn nothing(at: Timestamp) -> Self {
        Self {
            at,
            receipt: None,
            epoch: None,
            may_be_cut_off: true,
            values: Vec::new(),
        }
    }

    /// Looks up more values of the same tenant, once it is known which. A value counts as in the first look, by
    /// its epoch and its moment; a Redis that is away looks empty.
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

/// The key that values are sealed with.
pub async fn seal_key() -> Result<&'static SealKey, Problem> {
    if let Some(key) = RECEIPT_KEY.get() {
        return Ok(key);
    }
    let secret = variables::get("receipt_key").await?;
    let key = SealKey::new(&secret)
        .ok_or_else(|| Problem::internal("receipt_key must have at least 32 characters"))?;
    Ok(RECEIPT_KEY.get_or_init(|| key))
}

/// The epoch that counts at a moment, for who has nothing else to look up yet.
pub async fn epoch(at: Timestamp) -> Result<Option<Epoch>, Problem> {
    let seal_key = seal_key().await?;
    let Ok(checked) = redis::get(epoch::CHECKED).await else {
        return Ok(None);
    };
    Ok(epoch::standing(seal_key, checked, at).await)
}

/// Looks up a receipt and values together, for a request that arrived at a moment; and whether something stands at
/// the keys of cut-offs, where these are known. A Redis that is away looks empty.
pub async fn look_up(
    receipt: &str,
    cutoffs: &[String],
    keys: &[String],
    at: Timestamp,
) -> Result<Lookup, Problem> {
    let seal_key = seal_key().await?;
    let mut lookup = Lookup::nothing(at);
    let names = [receipt, epoch::CHECKED].into_iter();
    let names = names.chain(cutoffs.iter().chain(keys).map(String::as_str));
    let Ok(mut found) = redis::get_all(names).await else {
        return Ok(lookup);
    };
    lookup.receipt = found.next().flatten();
    let checked = found.next().flatten();
    lookup.epoch = epoch::standing(seal_key, checked, at).await;
    let standing = found.by_ref().take(cutoffs.len()).flatten().count();
    lookup.may_be_cut_off = cutoffs.is_empty() || standing > 0;
    if let Some(epoch) = &lookup.epoch {
        let values = keys.iter().zip(found).map(|(name, bytes)| {
            bytes.and_then(|bytes| seal_key.open_again(name, &epoch.id, bytes))
        });
        lookup.values = values.collect();
    }
    Ok(lookup)
}
