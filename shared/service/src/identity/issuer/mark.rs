//! The mark in Redis of the last refresh of a provider's keys: before the next refresh is due, PostgreSQL is not asked
//! for it.
//!
//! Without Redis there is no mark, and PostgreSQL is asked each time.

use std::time::Duration;

use clock::Timestamp;
use serde::{Deserialize, Serialize};

use super::store::Claim;
use crate::{
    cache::{redis, seal::Sealed, seal_key},
    identity::Provider,
    problem::Problem,
};

/// A refresh is refused for at most this long: a mark that says more is from a clock that was set back.
const LONGEST: Duration = Duration::from_secs(21);

/// The result of the last claim of a refresh.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Mark {
    /// When a refresh was granted, in microseconds since the epoch.
    pub granted_at: u64,
    /// Until when no other is granted, in milliseconds since the epoch.
    until: u64,
    /// Whether the fetch has ended, with a result or without.
    pub is_over: bool,
    /// The time of the set in PostgreSQL, if there is one: Redis may not have received that set.
    pub fetched_at: Option<u64>,
}

impl Mark {
    /// The mark after a claim; the fetch may be running.
    pub fn begun(claim: &Claim) -> Self {
        Self {
            granted_at: claim.granted_at,
            until: claim.until,
            is_over: claim.fetched_at >= Some(claim.granted_at),
            fetched_at: claim.fetched_at,
        }
    }

    /// The mark after the fetch that a claim granted.
    pub fn over(claim: &Claim, was_kept: bool) -> Self {
        Self {
            is_over: true,
            fetched_at: if was_kept {
                Some(claim.granted_at)
            } else {
                claim.fetched_at
            },
            ..Self::begun(claim)
        }
    }

    /// The refused claim, as long as the mark shows that it would be refused.
    pub fn claim(self, now: Timestamp) -> Option<Claim> {
        let left = self.left(now);
        (!left.is_zero() && left <= LONGEST).then_some(Claim {
            granted: false,
            granted_at: self.granted_at,
            until: self.until,
            fetched_at: self.fetched_at,
        })
    }

    fn left(self, now: Timestamp) -> Duration {
        Duration::from_millis(self.until.saturating_sub(now.unix_milliseconds()))
    }
}

/// The key of a provider's mark.
pub fn name(provider: &Provider) -> String {
    format!("key-refresh:{}", provider.name())
}

/// Parses a mark that was found in Redis.
pub async fn read(provider: &Provider, found: Option<Vec<u8>>) -> Result<Option<Mark>, Problem> {
    let Some(found) = found else { return Ok(None) };
    let opened = seal_key()
        .await?
        .open(&name(provider), &context(provider), found);
    Ok(opened.and_then(|sealed| postcard::from_bytes(&sealed.content).ok()))
}

/// The provider's mark.
pub async fn find(provider: &Provider) -> Result<Option<Mark>, Problem> {
    let found = redis::get(&name(provider)).await.ok().flatten();
    read(provider, found).await
}

/// Stores a mark, unless it has expired already.
pub async fn leave(provider: &Provider, mark: Mark, now: Timestamp) -> Result<(), Problem> {
    let left = mark.left(now);
    if left.is_zero() {
        return Ok(());
    }
    let content =
        postcard::to_allocvec(&mark).map_err(|fault| Problem::internal(fault.to_string()))?;
    let value = Sealed {
        counter: 0,
        written_at: now.unix_milliseconds(),
        content,
    };
    let name = name(provider);
    let value = seal_key().await?.seal(&name, &context(provider), &value);
    let _ = redis::set(&name, &value, left).await;
    Ok(())
}

/// Removes the mark: a refresh may be requested at once.
pub async fn remove(provider: &Provider) {
    let _ = redis::remove(&name(provider)).await;
}

/// If the keys come from another source, the mark is another one.
fn context(provider: &Provider) -> String {
    let source = provider
        .published()
        .map_or("", |description| description.source());
    format!("{} {source}", provider.fingerprint())
}
