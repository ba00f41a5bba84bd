//! Receipts in Redis.
//!
//! A receipt admits a caller even if its membership ends a moment later. A revocation therefore leaves a tombstone that
//! makes receipts invalid, and that outlives every receipt that does not know of the revocation: such a receipt is made
//! of an answer that PostgreSQL gave before the revocation was committed, hence before the tombstone was written, and
//! lives no longer than [`receipt::LONGEST_SECONDS`] from a moment before that request to PostgreSQL. Later receipts
//! are made of answers that include the revocation.

use std::time::Duration;

use clock::Timestamp;

use super::{Provider, receipt::Receipt};
use crate::{
    cache::{self, epoch::Epoch, redis, seal::Sealed},
    problem::Problem,
};

/// The receipt that was found sealed at a key, if it is valid.
pub(super) async fn open(
    key: &str,
    provider: &Provider,
    epoch: Option<&Epoch>,
    sealed: Vec<u8>,
    now: Timestamp,
) -> Result<Option<Receipt>, Problem> {
    let Some(epoch) = epoch else {
        return Ok(None);
    };
    let opened = cache::seal_key()
        .await?
        .open(key, &context(provider, epoch), sealed);
    Ok(opened
        .and_then(|sealed| Receipt::from_bytes(&sealed.content))
        .filter(|receipt| {
            provider.has_key(receipt.key(), now) && receipt.remaining(now.unix_seconds()) > 0
        }))
}

/// Caches a receipt for as long as it is valid.
pub(super) async fn keep(
    key: &str,
    provider: &Provider,
    epoch: &Epoch,
    receipt: &Receipt,
) -> Result<(), Problem> {
    // Not the moment for which the request is evaluated: the time that PostgreSQL and the issuer took has passed
    // since then.
    let now = clock::now();
    let life = Duration::from_secs(receipt.remaining(now.unix_seconds()));
    if life.is_zero() {
        return Ok(());
    }
    let sealed = Sealed {
        counter: 0,
        written_at: now.unix_milliseconds(),
        content: receipt
            .to_bytes()
            .map_err(|fault| Problem::internal(fault.to_string()))?,
    };
    let bytes = cache::seal_key()
        .await?
        .seal(key, &context(provider, epoch), &sealed);
    // Without the receipt, the next request checks the token again.
    let _ = redis::set(key, &bytes, life).await;
    Ok(())
}

fn context(provider: &Provider, epoch: &Epoch) -> String {
    // Neither part contains a space.
    [provider.fingerprint(), epoch.id.as_str()].join(" ")
}
