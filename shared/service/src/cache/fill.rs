//! Filling the read-through cache: of many requests that miss, one reads PostgreSQL, and no newer value is
//! overwritten.

use std::time::Duration;

use clock::Timestamp;
use spin_sdk::{
    redis::{RedisParameter, RedisResult},
    wasip3::clocks::monotonic_clock,
};

use super::{
    epoch::{self, Epoch},
    lookup::seal_key,
    redis::{self, bytes, milliseconds, text},
    seal::Sealed,
};
use crate::problem::Problem;

/// Of many requests that miss together, one reads PostgreSQL. The others poll the cache at this interval, until its
/// lock expires.
const BETWEEN_LOOKS_NANOSECONDS: u64 = 20_000_000;
const LOOKS: u32 = 50;
const LOCK: Duration = Duration::from_secs(1);

/// An answer that was requested longer ago is not filled in: a tombstone must outlive it.
const OLDEST: Duration = Duration::from_secs(30);

/// The counter of the value or tombstone at a key. A key of another type cannot hold anything newer, and is
/// overwritten.
pub(crate) const COUNTER_AT: &str = "
local function counter_at(key)
  local start = redis.pcall('GETRANGE', key, 0, 20)
  return type(start) == 'string' and tonumber(string.match(start, '^%d+')) or -1
end";

/// It comes after [`COUNTER_AT`] in the script.
///
/// KEYS: the epoch, then the values. ARGV: the epoch that they were sealed with, their counter; then for each value
/// its bytes and its lifetime. Returns how many values it stored.
const FILL: &str = "
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local counter, kept = tonumber(ARGV[2]), 0
for i = 2, #KEYS do
  if counter_at(KEYS[i]) <= counter then
    redis.call('SET', KEYS[i], ARGV[2 * i - 1], 'PX', ARGV[2 * i])
    kept = kept + 1
  end
end
return kept";

/// KEYS: the lock. ARGV: the token of the request that took it. A lock that expired may belong to another request
/// by now.
const RELEASE: &str = "
if redis.pcall('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1";

/// The same, leaving the mark ARGV[2] for as long as the lock would have lived.
const REFUSED: &str = "
if redis.pcall('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL') end
return 1";

/// The value of a lock whose request was refused.
const REFUSED_MARK: &str = "refused";

/// The lock to read a value from PostgreSQL while other requests wait.
pub struct FillLock {
    name: String,
    /// The token that distinguishes this lock from a later one.
    id: String,
}

impl FillLock {
    /// Releases the waiting requests: they find the value that was filled in or, if PostgreSQL refused this request,
    /// ask PostgreSQL themselves at once.
    pub async fn release(self, was_refused: bool) {
        let script = if was_refused { REFUSED } else { RELEASE };
        let arguments = || {
            vec![
                text(script),
                RedisParameter::Int64(1),
                text(&self.name),
                text(&self.id),
                text(REFUSED_MARK),
            ]
        };
        // A lock that cannot be removed expires.
        let _ = redis::command("EVAL", arguments).await;
    }
}

/// The outcome of a cache miss.
pub enum Missing {
    /// This request reads PostgreSQL and then releases the others.
    Locked(FillLock),
    /// This request reads PostgreSQL without a lock and fills nothing in.
    Alone,
    /// Another request filled the value in.
    Filled(Sealed),
}

/// Keeps others from reading the same value from PostgreSQL, or waits for the request that does. A value that is
/// older than its time to live counts as missing.
pub async fn lock_or_wait(name: &str, epoch: &Epoch, life: Duration) -> Result<Missing, Problem> {
    let key = seal_key().await?;
    let lock = FillLock {
        name: format!("lock:{name}"),
        id: clock::new_identifier().to_string(),
    };
    for _ in 0..LOOKS {
        // Without Redis there is no other request to wait for.
        let Ok(holder) = redis::claim(&lock.name, &lock.id, LOCK).await else {
            return Ok(Missing::Alone);
        };
        match holder.as_deref() {
            Some(holder) if holder == REFUSED_MARK.as_bytes() => return Ok(Missing::Alone),
            Some(_) => monotonic_clock::wait_for(BETWEEN_LOOKS_NANOSECONDS).await,
            None => {}
        }
        // Look even with the lock: it may be free because another request has just filled the value in.
        let Ok(found) = redis::get(name).await else {
            return Ok(Missing::Alone);
        };
        let value = found
            .and_then(|bytes| key.open(name, &epoch.id, bytes))
            .filter(|value| value.age(clock::now().unix_milliseconds()) <= life);
        match (value, holder) {
            (Some(value), None) => {
                lock.release(false).await;
                return Ok(Missing::Filled(value));
            }
            (Some(value), Some(_)) => return Ok(Missing::Filled(value)),
            (None, None) => return Ok(Missing::Locked(lock)),
            (None, Some(_)) => {}
        }
    }
    Ok(Missing::Alone)
}

/// A value to cache.
pub struct Filling {
    /// Its key.
    pub name: String,
    /// The content.
    pub content: Vec<u8>,
    /// How long the value is valid.
    pub life: Duration,
}

/// Caches PostgreSQL's answer to a query that was sent at `asked_at`, unless something newer has been cached. Its age
/// counts from that moment, since it may have been stale ever since. Returns whether all values were cached.
pub async fn fill(
    fillings: Vec<Filling>,
    epoch: &Epoch,
    counter: i64,
    asked_at: Timestamp,
) -> Result<bool, Problem> {
    // A change since then may have left a tombstone that has expired by now.
    let age = clock::now()
        .unix_milliseconds()
        .saturating_sub(asked_at.unix_milliseconds());
    if Duration::from_millis(age) > OLDEST {
        return Ok(false);
    }
    let key = seal_key().await?;
    let count = i64::try_from(fillings.len()).unwrap_or(i64::MAX);
    let seal = |Filling {
                    name,
                    content,
                    life,
                }| {
        let value = Sealed {
            counter,
            written_at: asked_at.unix_milliseconds(),
            content,
        };
        let value = key.seal(&name, &epoch.id, &value);
        (name, value, life)
    };
    let values: Vec<_> = fillings.into_iter().map(seal).collect();
    let script = [COUNTER_AT, FILL].concat();
    let arguments = || {
        let mut arguments = vec![
            text(&script),
            RedisParameter::Int64(count + 1),
            text(epoch::ID),
        ];
        arguments.extend(values.iter().map(|(name, _, _)| text(name)));
        arguments.push(bytes(&epoch.sealed));
        arguments.push(RedisParameter::Int64(counter));
        for (_, value, life) in &values {
            arguments.push(bytes(value));
            arguments.push(milliseconds(*life));
        }
        arguments
    };
    let filled = redis::command("EVAL", arguments).await;
    Ok(matches!(filled.as_deref(), Ok([RedisResult::Int64(kept)]) if *kept == count))
}
