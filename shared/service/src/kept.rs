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

/// A tombstone outlives every reader that asked PostgreSQL before the change.
const TOMBSTONE: Duration = Duration::from_secs(60);

/// Beyond so many values, a change begins a new epoch instead: a script holds up all of Redis.
const MOST_NAMES: usize = 3_000;

/// Of many that miss together, one asks PostgreSQL. The others look again so often, for as long as
/// its lock lives.
const BETWEEN_LOOKS_NANOSECONDS: u64 = 20_000_000;
const LOOKS: u32 = 50;
const LOCK: Duration = Duration::from_secs(1);

/// The counter of what stands at a key, a value or a tombstone. A key of another type than ours holds
/// nothing that could be newer, and is overwritten.
const COUNTER_AT: &str = "
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

/// KEYS: the lease's mark, changes that were told before their turn, then the values. ARGV: the
/// change's counter, a tombstone's life; where something was changed, the mark before it and its own
/// counter and mark. Follows [`lease::ADVANCE`] and [`COUNTER_AT`].
const CHANGED: &str = "
local change = tonumber(ARGV[1])
for i = 3, #KEYS do
  if counter_at(KEYS[i]) <= change then redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2]) end
end
if not ARGV[3] then return 1 end
if redis.call('TYPE', KEYS[2]).ok ~= 'hash' then redis.call('DEL', KEYS[2]) end
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
advance(KEYS[1], KEYS[2])
return 1";

static RECEIPT_KEY: OnceLock<SealKey> = OnceLock::new();

/// What one look at Redis, one command, found for a request.
pub struct Look {
    /// The moment by which it was judged.
    pub at: Timestamp,
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

/// Looks up a receipt and a value together, for a request that arrived at a moment. A Redis that is away
/// looks empty.
pub async fn look(receipt: &str, value: Option<&str>, at: Timestamp) -> Result<Look, Problem> {
    let key = seal_key().await?;
    let names = [receipt, lease::CHECKED].into_iter().chain(value);
    let found = cache::get_all(names).await;
    let Ok(mut found) = found else {
        return Ok(Look {
            at,
            receipt: None,
            lease: None,
            value: None,
        });
    };
    let mut next = || found.next().flatten();
    let (receipt, checked, bytes) = (next(), next(), next());
    let lease = lease::standing(key, checked, at).await;
    let value = lease
        .as_ref()
        .zip(value)
        .zip(bytes)
        .and_then(|((lease, name), bytes)| key.open_again(name, &lease.epoch, bytes));
    Ok(Look {
        at,
        receipt,
        lease,
        value,
    })
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

/// A change that PostgreSQL has committed, or one that was asked for and had been made before.
#[derive(Clone, Debug)]
pub struct Change {
    /// PostgreSQL's counter of changes after it.
    pub counter: i64,
    /// Where something was changed, the mark before it and its own.
    pub marks: Option<(String, String)>,
}

/// Tells Redis of a change. Only then may it be answered 2xx: where Redis cannot be told, the change
/// stands, and repeating the request is safe.
pub async fn changed(change: &Change, names: &[String]) -> Result<(), Problem> {
    let told = if names.len() > MOST_NAMES {
        let keys = || {
            [lease::EPOCH, lease::CHECKED, lease::COMPARING]
                .map(text)
                .to_vec()
        };
        cache::command("DEL", keys).await
    } else {
        let script = [lease::ADVANCE, COUNTER_AT, CHANGED].concat();
        let arguments = || {
            let mut arguments = vec![
                text(&script),
                RedisParameter::Int64(i64::try_from(names.len() + 2).unwrap_or(i64::MAX)),
                text(lease::MARK),
                text(lease::TOLD),
            ];
            arguments.extend(names.iter().map(|name| text(name)));
            arguments.push(RedisParameter::Int64(change.counter));
            arguments.push(milliseconds(TOMBSTONE));
            if let Some((previous, mark)) = &change.marks {
                arguments.push(text(previous));
                arguments.push(text(&format!("{} {mark}", change.counter)));
            }
            arguments
        };
        cache::command("EVAL", arguments).await
    };
    told.map(|_| ()).map_err(|away| {
        Problem::unavailable(vec!["redis"])
            .with_cause(format!("Redis: {away}"))
            .with_detail(
                "the change was made, but may not be seen everywhere yet; repeat the request",
            )
    })
}
