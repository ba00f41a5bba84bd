//! Fetching a provider's keys again: one request for all of them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use clock::Timestamp;
use spin_sdk::wasip3;

use super::{
    copies,
    description::Description,
    failure::Failure,
    judging,
    kept::Kept,
    mark::{self, Mark},
    published, report,
    store::{self, Claim},
};
use crate::{
    cache::{self, epoch::Epoch},
    identity::Provider,
    problem::Problem,
};

/// The time between two attempts of one instance to refresh an old set, in nanoseconds.
const BETWEEN_ATTEMPTS: u64 = 5_000_000_000;

/// When this instance tried last, for each provider.
static ATTEMPTS: Mutex<BTreeMap<String, u64>> = Mutex::new(BTreeMap::new());

/// Why there is no newer set.
pub enum Unfetched {
    /// The cause is the issuer or the configuration.
    Failed(Failure),
    /// The cause is in the Shell.
    Problem(Problem),
}

impl From<Problem> for Unfetched {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Requests the right to fetch, unless it is already known that it would not be granted.
pub async fn claim(
    provider: &Provider,
    epoch: Option<&Epoch>,
    now: Timestamp,
) -> Result<Claim, Problem> {
    // Without an epoch, Redis is unavailable.
    let mark = match epoch {
        Some(_) => mark::find(provider).await?,
        None => None,
    };
    if let Some(claim) = mark.and_then(|mark| mark.claim(now)) {
        return Ok(claim);
    }
    let claim = store::claim(description(provider)?, now).await?;
    // If there is no set yet, the request that fetches the first one removes the mark, and no other may store it
    // again.
    if epoch.is_some() && (claim.granted || claim.fetched_at.is_some()) {
        mark::leave(provider, Mark::begun(&claim), now).await?;
    }
    Ok(claim)
}

/// Fetches the keys of a provider with the right to do so, and stores them for all.
pub async fn fetch(
    default: &Provider,
    provider: &Provider,
    claim: &Claim,
) -> Result<Arc<Kept>, Unfetched> {
    let description = description(provider)?;
    let fetched = published::keys(description).await;
    let keys = match fetched {
        Ok(keys) => keys,
        Err(unpublished) => {
            report::failed(provider, &unpublished).await;
            mark::leave(provider, Mark::over(claim, false), clock::now()).await?;
            return Err(Unfetched::Failed(unpublished.failure));
        }
    };
    store::keep(description, keys, claim.granted_at)
        .await
        .map_err(Problem::from)?;
    // By now, there may be another epoch, or Redis may be back.
    let epoch = cache::epoch(clock::now()).await?;
    let kept = copies::anew(default, epoch.as_ref()).await?;
    report::succeeded(provider).await;
    if claim.fetched_at.is_some() {
        mark::leave(provider, Mark::over(claim, true), clock::now()).await?;
    } else {
        // The first set does not count as a refresh.
        mark::remove(provider).await;
    }
    Ok(kept)
}

/// Fetches an old set again, after the answer, unless this was tried a moment ago.
pub fn in_background(
    default: &Arc<Provider>,
    provider: &Arc<Provider>,
    epoch: Option<&Epoch>,
    now: Timestamp,
) {
    let is_due = |fetched_at| judging::is_due(fetched_at, now);
    if !provider.fetched_at().is_some_and(is_due) || !attempts(provider) {
        return;
    }
    let (default, provider) = (Arc::clone(default), Arc::clone(provider));
    let epoch = epoch.cloned();
    wasip3::spawn(async move {
        // The next request that sees the old set tries again; the reason for a failure has been logged.
        if let Ok(claim) = claim(&provider, epoch.as_ref(), clock::now()).await
            && claim.granted
        {
            let _ = fetch(&default, &provider, &claim).await;
        }
    });
}

/// Fetches an overdue set again before it is used: after a time without requests, the issuer may have withdrawn a key
/// long ago. Returns nothing if the set is not overdue, another request fetches it, or no set could be fetched.
pub async fn overdue(
    default: &Provider,
    provider: &Provider,
    epoch: Option<&Epoch>,
    now: Timestamp,
) -> Option<Arc<Kept>> {
    let is_overdue = |fetched_at| judging::is_overdue(fetched_at, now);
    if !provider.fetched_at().is_some_and(is_overdue) || !attempts(provider) {
        return None;
    }
    let claim = claim(provider, epoch, now).await.ok()?;
    if !claim.granted {
        return None;
    }
    fetch(default, provider, &claim).await.ok()
}

/// Whether this instance may try again now; if so, the attempt is noted.
fn attempts(provider: &Provider) -> bool {
    let now = clock::monotonic_nanoseconds();
    let mut attempts = ATTEMPTS.lock().unwrap_or_else(PoisonError::into_inner);
    let last = attempts.get(&provider.name()).copied();
    let is_time = last.is_none_or(|last| now.saturating_sub(last) >= BETWEEN_ATTEMPTS);
    if is_time {
        attempts.insert(provider.name(), now);
    }
    is_time
}

fn description(provider: &Provider) -> Result<&Description, Problem> {
    let description = provider.published();
    description.ok_or_else(|| Problem::internal("keys that are configured are never fetched"))
}
