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

/// How long a refresh is refused at the longest: a mark that says more is of a clock that was set back.
const LONGEST: Duration = Duration::from_secs(21);

/// What the last claim of a refresh came to.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Mark {
    /// When a refresh was granted, in microseconds since the epoch.
    pub granted_at: u64,
    /// Until when it is not granted again, in milliseconds since the epoch.
    until: u64,
    /// Whether what was fetched is there, or could not be.
    pub is_over: bool,
    /// Of which moment PostgreSQL's set is, where there is one: Redis may not have been told of it.
    pub fetched_at: Option<u64>,
}

impl Mark {
    /// After a claim, where the fetch may be under way.
    pub fn begun(claim: &Claim) -> Self {
        Self {
            granted_at: claim.granted_at,
            until: claim.until,
            is_over: claim.fetched_at >= Some(claim.granted_at),
            fetched_at: claim.fetched_at,
        }
    }

    /// After the fetch that a claim granted.
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

    /// The claim that is not granted, as long as that is known.
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

/// Where a provider's mark stands.
pub fn name(provider: &Provider) -> String {
    format!("key-refresh:{}", provider.name())
}

/// Of what stands there.
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

/// Leaves a mark, as long as it says something.
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

/// Removes the mark: a refresh may be asked for at once.
pub async fn remove(provider: &Provider) {
    let _ = redis::remove(&name(provider)).await;
}

/// Another place to fetch from has a mark of its own.
fn context(provider: &Provider) -> String {
    let source = provider
        .published()
        .map_or("", |description| description.source());
    format!("{} {source}", provider.fingerprint())
}
