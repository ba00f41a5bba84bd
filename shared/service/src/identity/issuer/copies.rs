//! The copies of the providers and their key sets: in the instance, and in Redis.
//!
//! Both are valid only in their epoch. The instance reads its copy again after 10 s; if that fails, it keeps the copy
//! within its epoch.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{
    kept::Kept,
    store::{self, Found},
};
use crate::{
    cache::{
        epoch::Epoch,
        fill::{self, Filling, Missing},
        redis, seal_key,
    },
    identity::Provider,
    problem::Problem,
};

/// The key of the value in Redis.
pub const NAME: &str = "identity-providers";

/// How long the value is valid: a party that may write to Redis could restore a value of at most this age.
const LIFE: Duration = Duration::from_secs(5 * 60);

/// For how long an instance's copy is not read again, in nanoseconds.
const FRESH: u64 = 10_000_000_000;

struct Copy {
    /// `None` if it was read without an epoch.
    epoch: Option<String>,
    /// It grows with each newer answer.
    number: i64,
    /// By the monotonic clock.
    read_at: u64,
    kept: Arc<Kept>,
}

static COPY: Mutex<Option<Copy>> = Mutex::new(None);

/// The instance's copy, whatever its epoch: good enough for a guess.
pub fn guess() -> Option<Arc<Kept>> {
    copied(|_| true)
}

/// The current providers: from the instance's copy if that is fresh enough, else from Redis, else from PostgreSQL.
pub async fn stand(default: &Provider, epoch: Option<&Epoch>) -> Result<Arc<Kept>, Problem> {
    let now = clock::monotonic_nanoseconds();
    let is_fresh = |copy: &Copy| now.saturating_sub(copy.read_at) < FRESH;
    let copy = copied(|copy| is_fresh(copy) && of_epoch(copy, epoch));
    if let Some(kept) = copy {
        return Ok(kept);
    }
    match read(default, epoch).await {
        Ok(kept) => Ok(kept),
        // A copy of the current epoch is valid, however old it is.
        Err(problem) => {
            let same = |copy: &Copy| epoch.is_some() && of_epoch(copy, epoch);
            copied(same).ok_or(problem)
        }
    }
}

/// The value in Redis now, if it can be read.
pub async fn in_redis(
    default: &Provider,
    epoch: &Epoch,
    found: Option<Vec<u8>>,
) -> Result<Option<Arc<Kept>>, Problem> {
    let Some(found) = found else { return Ok(None) };
    let opened = seal_key().await?.open_again(NAME, &epoch.id, found);
    let now = clock::now().unix_milliseconds();
    let Some(sealed) = opened.filter(|sealed| sealed.age(now) <= LIFE) else {
        return Ok(None);
    };
    match read_again(epoch, sealed.counter) {
        Some(kept) => Ok(Some(kept)),
        // A value that cannot be read was written by another version.
        None => Ok(keep(default, Some(epoch), sealed.counter, &sealed.content).ok()),
    }
}

/// The value in PostgreSQL, which is also cached in Redis.
pub async fn anew(default: &Provider, epoch: Option<&Epoch>) -> Result<Arc<Kept>, Problem> {
    let asked_at = clock::now();
    let Found { number, providers } = store::find().await?;
    let kept = keep(default, epoch, number, providers.as_bytes())?;
    if let Some(epoch) = epoch {
        let value = Filling {
            name: NAME.to_owned(),
            content: providers.into_bytes(),
            life: LIFE,
        };
        fill::fill(vec![value], epoch, number, asked_at).await?;
    }
    Ok(kept)
}

async fn read(default: &Provider, epoch: Option<&Epoch>) -> Result<Arc<Kept>, Problem> {
    let Some(epoch) = epoch else {
        return anew(default, None).await;
    };
    let found = redis::get(NAME).await.ok().flatten();
    if let Some(kept) = in_redis(default, epoch, found).await? {
        return Ok(kept);
    }
    match fill::lock_or_wait(NAME, epoch, LIFE).await? {
        Missing::Filled(sealed) => keep(default, Some(epoch), sealed.counter, &sealed.content),
        Missing::Alone => anew(default, Some(epoch)).await,
        Missing::Locked(lock) => {
            let kept = anew(default, Some(epoch)).await;
            lock.release(kept.is_err()).await;
            kept
        }
    }
}

fn keep(
    default: &Provider,
    epoch: Option<&Epoch>,
    number: i64,
    json: &[u8],
) -> Result<Arc<Kept>, Problem> {
    let unreadable = |fault: String| Problem::internal(format!("the identity providers: {fault}"));
    let json = std::str::from_utf8(json).map_err(|fault| unreadable(fault.to_string()))?;
    let kept = Kept::read(json, default).map_err(|fault| unreadable(fault.to_string()))?;
    let kept = Arc::new(kept);
    let copy = Copy {
        epoch: epoch.map(|epoch| epoch.id.clone()),
        number,
        read_at: clock::monotonic_nanoseconds(),
        kept: Arc::clone(&kept),
    };
    let mut kept_so_far = COPY.lock().unwrap_or_else(PoisonError::into_inner);
    // Of two concurrent answers, the older one may come last.
    let is_older = |so_far: &Copy| so_far.epoch == copy.epoch && so_far.number > number;
    if !kept_so_far.as_ref().is_some_and(is_older) {
        *kept_so_far = Some(copy);
    }
    Ok(kept)
}

/// The instance's copy, if it is the same as the value that was just read again.
fn read_again(epoch: &Epoch, number: i64) -> Option<Arc<Kept>> {
    let mut copy = COPY.lock().unwrap_or_else(PoisonError::into_inner);
    let copy = copy
        .as_mut()
        .filter(|copy| copy.number == number && of_epoch(copy, Some(epoch)))?;
    copy.read_at = clock::monotonic_nanoseconds();
    Some(Arc::clone(&copy.kept))
}

/// Without an epoch, Redis is unavailable, and a copy of any epoch counts as long as it is fresh.
fn of_epoch(copy: &Copy, epoch: Option<&Epoch>) -> bool {
    epoch.is_none_or(|epoch| copy.epoch.as_ref() == Some(&epoch.id))
}

fn copied(counts: impl Fn(&Copy) -> bool) -> Option<Arc<Kept>> {
    let copy = COPY.lock().unwrap_or_else(PoisonError::into_inner);
    copy.as_ref()
        .filter(|copy| counts(copy))
        .map(|copy| Arc::clone(&copy.kept))
}
