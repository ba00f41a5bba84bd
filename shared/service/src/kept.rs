//! What Redis keeps for readers, and how it is kept from lying.
//!
//! A value counts only with the lease's epoch and an intact seal. A change writes a tombstone with
//! its counter over what it made untrue; a fill is refused where something newer stands, so that a
//! slow reader never undoes a fast writer. `docs/redis.md` lists the keys.

use std::{sync::OnceLock, time::Duration};

use clock::Timestamp;
use spin_sdk::{
    redis::{RedisParameter, RedisResult},
    wasip3::clocks::monotonic_clock,
};

use crate::{
    cache::{self, bytes, milliseconds, text},
    lease::{self, Lease},
    problem::Problem,
    seal::{SealKey, Sealed},
    variables,
};

/// Of many that miss together, one asks PostgreSQL. The others look again so often, for as long as
/// its lock lives.
const BETWEEN_LOOKS_NANOSECONDS: u64 = 20_000_000;
const LOOKS: u32 = 50;
const LOCK: Duration = Duration::from_secs(1);

/// The counter of what stands at a key, a value or a tombstone. A key of another type than ours holds
/// nothing that could be newer, and is overwritten.
pub(crate) const COUNTER_AT: &str = "
local function counter_at(key)
  local start = redis.pcall('GETRANGE', key, 0, 20)
  return type(start) == 'string' and tonumber(string.match(start, '^%d+')) or -1
end";

/// Follows [`COUNTER_AT`].
///
/// KEYS: the value, the epoch. ARGV: the value, its counter, the epoch it was sealed with, its life.
const FILL: &str = "
if redis.pcall('GET', KEYS[2]) ~= ARGV[3] then return 0 end
if counter_at(KEYS[1]) > tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[4])
return 1";

/// KEYS: the lock. ARGV: what the request that has it put there. A lock that ran out may be
/// another's by now.
const RELEASE: &str = "
if redis.pcall('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1";

static RECEIPT_KEY: OnceLock<SealKey> = OnceLock::new();

/// What one command found in Redis for a request.
pub struct Lookup {
    /// The moment by which it was judged.
    pub at: Timestamp,
    /// The token's receipt, still sealed.
    pub receipt: Option<Vec<u8>>,
    /// Without one, nothing may be kept or believed.
    pub lease: Option<Lease>,
    /// For each key that was asked for, in that order, the value, where one counts; none at all where the
    /// keys were another tenant's.
    pub values: Vec<Option<Sealed>>,
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

/// Looks up a receipt and values together, for a request that arrived at a moment. A Redis that is away
/// looks empty.
pub async fn look_up(receipt: &str, keys: &[String], at: Timestamp) -> Result<Lookup, Problem> {
    let seal_key = seal_key().await?;
    let mut lookup = Lookup {
        at,
        receipt: None,
        lease: None,
        values: Vec::new(),
    };
    let names = [receipt, lease::CHECKED].into_iter();
    let names = names.chain(keys.iter().map(String::as_str));
    let Ok(mut found) = cache::get_all(names).await else {
        return Ok(lookup);
    };
    lookup.receipt = found.next().flatten();
    let checked = found.next().flatten();
    lookup.lease = lease::standing(seal_key, checked, at).await;
    if let Some(lease) = &lookup.lease {
        let values = keys.iter().zip(found).map(|(name, bytes)| {
            bytes.and_then(|bytes| seal_key.open_again(name, &lease.epoch, bytes))
        });
        lookup.values = values.collect();
    }
    Ok(lookup)
}

/// The right to ask PostgreSQL for a value while others wait.
pub struct Turn {
    lock: String,
    /// What tells this turn from a later one.
    id: String,
}

impl Turn {
    /// Lets the others go on.
    pub async fn end(self) {
        let arguments = || {
            vec![
                text(RELEASE),
                RedisParameter::Int64(1),
                text(&self.lock),
                text(&self.id),
            ]
        };
        // A lock that cannot be removed runs out.
        let _ = cache::command("EVAL", arguments).await;
    }
}

/// What a request that misses finds.
pub enum Missing {
    /// It is this request's turn to ask PostgreSQL.
    Turn(Turn),
    /// Another request filled the value in.
    Filled(Sealed),
}

/// Keeps others from asking PostgreSQL for the same value, or waits for the one that does. A value
/// that is older than its life counts as missing.
pub async fn wait_for_turn(name: &str, lease: &Lease, life: Duration) -> Result<Missing, Problem> {
    let key = seal_key().await?;
    let turn = Turn {
        lock: format!("lock:{name}"),
        id: clock::new_identifier().to_string(),
    };
    for _ in 0..LOOKS {
        // Where Redis is away, there is nobody to wait for.
        let Ok(claimed) = cache::claim(&turn.lock, &turn.id, LOCK).await else {
            break;
        };
        if !claimed {
            monotonic_clock::wait_for(BETWEEN_LOOKS_NANOSECONDS).await;
        }
        // Also with the lock: it may be free because another request has just filled the value in.
        let Ok(found) = cache::get(name).await else {
            break;
        };
        let value = found
            .and_then(|bytes| key.open(name, &lease.epoch, bytes))
            .filter(|value| value.age(clock::now().unix_milliseconds()) <= life);
        if let Some(value) = value {
            if claimed {
                turn.end().await;
            }
            return Ok(Missing::Filled(value));
        }
        if claimed {
            break;
        }
    }
    Ok(Missing::Turn(turn))
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
    let script = [COUNTER_AT, FILL].concat();
    let arguments = || {
        vec![
            text(&script),
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
    Ok(matches!(filled.as_deref(), Ok([RedisResult::Int64(1)])))
}
