//! Filling in what is missing: one request of many asks PostgreSQL, and nothing newer is overwritten.

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

/// Of many that miss together, one asks PostgreSQL. The others look again so often, for as long as
/// its lock lives.
const BETWEEN_LOOKS_NANOSECONDS: u64 = 20_000_000;
const LOOKS: u32 = 50;
const LOCK: Duration = Duration::from_secs(1);

/// What was asked for longer ago is not filled in: a tombstone outlives it.
const OLDEST: Duration = Duration::from_secs(30);

/// The counter of what stands at a key, a value or a tombstone. A key of another type than ours holds
/// nothing that could be newer, and is overwritten.
pub(crate) const COUNTER_AT: &str = "
local function counter_at(key)
  local start = redis.pcall('GETRANGE', key, 0, 20)
  return type(start) == 'string' and tonumber(string.match(start, '^%d+')) or -1
end";

/// Follows [`COUNTER_AT`].
///
/// KEYS: the epoch, then the values. ARGV: the epoch they were sealed with, their counter; then of each value,
/// what it is and its life. Answers how many it kept.
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

/// KEYS: the lock. ARGV: what the request that has it put there. A lock that ran out may be
/// another's by now.
const RELEASE: &str = "
if redis.pcall('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1";

/// The same, leaving the mark ARGV[2] for as long as the lock would have lived.
const REFUSED: &str = "
if redis.pcall('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL') end
return 1";

/// What a lock holds whose request was refused.
const REFUSED_MARK: &str = "refused";

/// The right to ask PostgreSQL for a value while others wait.
pub struct FillLock {
    name: String,
    /// What tells this lock from a later one.
    id: String,
}

impl FillLock {
    /// Lets the others go on: to look for the value that was filled in, or, where PostgreSQL refused to give
    /// it, each to be refused by itself at once.
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
        // A lock that cannot be removed runs out.
        let _ = redis::command("EVAL", arguments).await;
    }
}

/// What a request that misses finds.
pub enum Missing {
    /// It is this request's turn to ask PostgreSQL, and to release the others then.
    Locked(FillLock),
    /// It asks PostgreSQL by itself, and fills nothing in: there is nobody to wait for.
    Alone,
    /// Another request filled the value in.
    Filled(Sealed),
}

/// Keeps others from asking PostgreSQL for the same value, or waits for the one that does. A value
/// that is older than its life counts as missing.
pub async fn lock_or_wait(name: &str, epoch: &Epoch, life: Duration) -> Result<Missing, Problem> {
    let key = seal_key().await?;
    let lock = FillLock {
        name: format!("lock:{name}"),
        id: clock::new_identifier().to_string(),
    };
    for _ in 0..LOOKS {
        // Where Redis is away, there is nobody to wait for.
        let Ok(holder) = redis::claim(&lock.name, &lock.id, LOCK).await else {
            return Ok(Missing::Alone);
        };
        match holder.as_deref() {
            Some(holder) if holder == REFUSED_MARK.as_bytes() => return Ok(Missing::Alone),
            Some(_) => monotonic_clock::wait_for(BETWEEN_LOOKS_NANOSECONDS).await,
            None => {}
        }
        // Also with the lock: it may be free because another request has just filled the value in.
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

/// A value that is to be kept.
pub struct Filling {
    /// Its key.
    pub name: String,
    /// What counts.
    pub content: Vec<u8>,
    /// How long.
    pub life: Duration,
}

/// Keeps what PostgreSQL answered to a question of the moment `asked_at`, unless something newer is known by
/// now. Its age counts from then: it may have been true no longer since. Answers whether all of it is kept.
pub async fn fill(
    fillings: Vec<Filling>,
    epoch: &Epoch,
    counter: i64,
    asked_at: Timestamp,
) -> Result<bool, Problem> {
    // A change since then may have left a tombstone that is gone by now.
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
