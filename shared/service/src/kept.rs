//! What Redis keeps for readers, and how it is kept from lying.
//!
//! A value counts only with the lease's epoch and an intact seal. A change writes a tombstone with
//! its counter over what it made untrue; a fill is refused where something newer stands, so that a
//! slow reader never undoes a fast writer. `docs/redis.md` lists the keys.

use std::{sync::OnceLock, time::Duration};

use spin_sdk::{
    redis::{RedisParameter, RedisResult},
    wasip3::clocks::monotonic_clock,
};

use crate::{
    cache::{self, bytes, milliseconds, text},
    lease::{self, Found, Lease},
    problem::Problem,
    seal::{SealKey, Sealed},
    variables,
};

/// A tombstone outlives every reader that asked PostgreSQL before the change.
const TOMBSTONE: Duration = Duration::from_secs(60);

/// Beyond so many values, a change begins a new epoch instead: a script holds up all of Redis.
const MOST_NAMES: usize = 1_000;

/// Of many that miss together, one asks PostgreSQL; the others look again so often.
const LOOKS: u32 = 10;
const BETWEEN_LOOKS_NANOSECONDS: u64 = 20_000_000;
const LOCK: Duration = Duration::from_secs(1);

/// A key of another type than ours holds nothing that could be newer, and is overwritten.
///
/// KEYS: the value, the epoch. ARGV: the value, its counter, the epoch it was sealed with, its life.
const FILL: &str = "
if redis.pcall('GET', KEYS[2]) ~= ARGV[3] then return 0 end
local start = redis.pcall('GETRANGE', KEYS[1], 0, 20)
local stands = type(start) == 'string' and tonumber(string.match(start, '^%d+')) or -1
if stands > tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[4])
return 1";

/// KEYS: the lease's counter, then the values. ARGV: the change's counter, a tombstone's life.
///
/// The counter moves by one alone: where a change before this one was not told, the lease stays
/// behind PostgreSQL, and the next comparison begins a new epoch.
const CHANGED: &str = "
local change = tonumber(ARGV[1])
local counter = redis.pcall('GET', KEYS[1])
for i = 2, #KEYS do
  local start = redis.pcall('GETRANGE', KEYS[i], 0, 20)
  local stands = type(start) == 'string' and tonumber(string.match(start, '^%d+')) or -1
  if stands <= change then redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2]) end
end
if type(counter) == 'string' and tonumber(counter) == change - 1 then redis.call('SET', KEYS[1], ARGV[1]) end
return 1";

static RECEIPT_KEY: OnceLock<SealKey> = OnceLock::new();

/// What one look at Redis, one command, found for a request.
#[derive(Default)]
pub struct Look {
    /// The token's receipt, still sealed.
    pub receipt: Option<Vec<u8>>,
    /// Without one, nothing may be kept or believed.
    pub lease: Option<Lease>,
    /// The value, where one counts.
    pub value: Option<Sealed>,
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

/// Looks up a receipt and a value together. A Redis that is away looks empty.
pub async fn look(receipt: &str, value: Option<&str>) -> Result<Look, Problem> {
    let key = seal_key().await?;
    let names = || {
        let always = [receipt, lease::EPOCH, lease::COUNTER, lease::CHECKED];
        always.into_iter().chain(value).map(text).collect()
    };
    let Ok(answers) = cache::command("MGET", names).await else {
        return Ok(Look::default());
    };
    let mut answers = answers.into_iter().map(|answer| match answer {
        RedisResult::Binary(bytes) => Some(bytes),
        _ => None,
    });
    let mut next = || answers.next().flatten();
    let receipt = next();
    let found = Found {
        epoch: next(),
        counter: next().and_then(|counter| std::str::from_utf8(&counter).ok()?.parse().ok()),
        checked: next().is_some(),
    };
    let bytes = next();
    let lease = found.lease(key).await;
    let value = lease
        .as_ref()
        .zip(value)
        .zip(bytes)
        .and_then(|((lease, name), bytes)| key.open_again(name, &lease.epoch, bytes));
    Ok(Look {
        receipt,
        lease,
        value,
    })
}

/// Keeps others from asking PostgreSQL for the same value. Answers `None` where this request is to
/// ask; otherwise the value that another request filled in, once it is there.
pub async fn wait_for_another(name: &str, lease: &Lease) -> Result<Option<Sealed>, Problem> {
    let key = seal_key().await?;
    // Where Redis is away, there is nobody to wait for.
    if cache::claim(&lock(name), LOCK).await.unwrap_or(true) {
        return Ok(None);
    }
    for _ in 0..LOOKS {
        monotonic_clock::wait_for(BETWEEN_LOOKS_NANOSECONDS).await;
        match cache::get(name).await {
            Ok(Some(bytes)) => {
                if let Some(value) = key.open(name, &lease.epoch, bytes) {
                    return Ok(Some(value));
                }
            }
            Ok(None) => {}
            Err(cache::Away) => return Ok(None),
        }
    }
    Ok(None)
}

/// Where the request that asks PostgreSQL for a value says so.
fn lock(name: &str) -> String {
    format!("lock:{name}")
}

/// Keeps what PostgreSQL answered, unless something newer is known by now. Answers whether it did.
pub async fn fill(
    name: &str,
    lease: &Lease,
    counter: i64,
    content: Vec<u8>,
    life: Duration,
) -> Result<bool, Problem> {
    let written_at = clock::now().unix_milliseconds();
    let value = Sealed {
        counter,
        written_at,
        content,
    };
    let value = seal_key().await?.seal(name, &lease.epoch, &value);
    let arguments = || {
        vec![
            text(FILL),
            RedisParameter::Int64(2),
            text(name),
            text(lease::EPOCH),
            bytes(&value),
            RedisParameter::Int64(counter),
            bytes(&lease.sealed_epoch),
            milliseconds(life),
        ]
    };
    let filled = cache::command("EVAL", arguments).await;
    let _ = cache::command("DEL", || vec![text(&lock(name))]).await;
    Ok(matches!(filled.as_deref(), Ok([RedisResult::Int64(1)])))
}

/// Tells Redis of a change that PostgreSQL has committed. Only then may it be answered 2xx: where
/// Redis cannot be told, the change stands, and repeating the request is safe.
pub async fn changed(counter: i64, names: &[String]) -> Result<(), Problem> {
    let untold = |cache::Away| {
        Problem::unavailable(vec!["redis"]).with_detail(
            "the change was made, but may not be seen everywhere yet; repeat the request",
        )
    };
    if names.len() > MOST_NAMES {
        return cache::command("DEL", || vec![text(lease::EPOCH)])
            .await
            .map(|_| ())
            .map_err(untold);
    }
    let arguments = || {
        let mut arguments = vec![
            text(CHANGED),
            RedisParameter::Int64(i64::try_from(names.len() + 1).unwrap_or(i64::MAX)),
            text(lease::COUNTER),
        ];
        arguments.extend(names.iter().map(|name| text(name)));
        arguments.push(RedisParameter::Int64(counter));
        arguments.push(milliseconds(TOMBSTONE));
        arguments
    };
    cache::command("EVAL", arguments)
        .await
        .map(|_| ())
        .map_err(untold)
}
