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

/// Between two attempts of one instance to refresh an old set, in nanoseconds.
const BETWEEN_ATTEMPTS: u64 = 5_000_000_000;

/// When this instance last tried, by provider.
static ATTEMPTS: Mutex<BTreeMap<String, u64>> = Mutex::new(BTreeMap::new());

/// Why no newer set is there.
pub enum Unfetched {
    /// The issuer's fault, or the configuration's.
    Failed(Failure),
    /// The Shell's own.
    Problem(Problem),
}

impl From<Problem> for Unfetched {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Asks for the right to fetch, unless it is known already that it is not granted.
pub async fn claim(
    provider: &Provider,
    epoch: Option<&Epoch>,
    now: Timestamp,
) -> Result<Claim, Problem> {
    // Without an epoch, Redis is away.
    let mark = match epoch {
        Some(_) => mark::find(provider).await?,
        None => None,
    };
    if let Some(claim) = mark.and_then(|mark| mark.claim(now)) {
        return Ok(claim);
    }
    let claim = store::claim(description(provider)?, now).await?;
    // As long as there is no set, whoever fetches the first removes the mark, and nobody puts it back.
    if epoch.is_some() && (claim.granted || claim.fetched_at.is_some()) {
        mark::leave(provider, Mark::begun(&claim), now).await?;
    }
    Ok(claim)
}

/// Fetches the keys of a provider for which that was granted, and keeps them for all.
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
    // The epoch may be another by now, or Redis back.
    let epoch = cache::epoch(clock::now()).await?;
    let kept = copies::anew(default, epoch.as_ref()).await?;
    report::succeeded(provider).await;
    if claim.fetched_at.is_some() {
        mark::leave(provider, Mark::over(claim, true), clock::now()).await?;
    } else {
        // The first one does not count.
        mark::remove(provider).await;
    }
    Ok(kept)
}

/// Has a set that is old fetched again, after the answer, unless that was tried a moment ago.
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
        // Whoever sees the old set next tries again; the log has been told why this failed.
        if let Ok(claim) = claim(&provider, epoch.as_ref(), clock::now()).await
            && claim.granted
        {
            let _ = fetch(&default, &provider, &claim).await;
        }
    });
}

/// Fetches again a set that is overdue, before it judges: after a time without requests, the issuer may have
/// withdrawn a key long ago. Nothing where it is not overdue, or somebody else fetches, or nothing came.
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

/// Whether it is this instance's time to try again; from then on it is not.
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
