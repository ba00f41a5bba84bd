//! The epoch: whether the content of the cache is still valid.
//!
//! Every cached value is sealed with the epoch's id; beside the epoch, Redis has the mark of the last change that
//! it learned of. One request on behalf of all compares this mark with PostgreSQL's; if there is no epoch, or one
//! of the two stores has fallen behind, a new epoch begins, and every value of the old one is invalid. A comparison
//! is valid for one second and is all that a request has to read, since the epoch is in it. Under load the next
//! comparison is made before that, after an answer; after a pause, the first request waits for it.

use std::time::Duration;

use clock::Timestamp;
use spin_sdk::{
    redis::{RedisParameter, RedisResult},
    wasip3::{self, clocks::monotonic_clock},
};

use super::{
    mark::Mark,
    redis::{self, bytes, milliseconds, text},
    seal::{SealKey, Sealed},
};
use crate::{deadline, sql};

pub(crate) const ID: &str = "epoch:id";
pub(crate) const MARK: &str = "epoch:mark";
pub(crate) const PENDING: &str = "epoch:pending";
pub(crate) const CHECKED: &str = "epoch:checked";
pub(crate) const COMPARING: &str = "epoch:comparing";

/// How long a comparison is valid: the longest time for which a store that has fallen behind can be noticed by
/// readers.
const COUNTS: Duration = Duration::from_secs(1);

/// The time between comparisons under load, so that no request waits for one.
const INTERVAL: Duration = Duration::from_millis(500);

/// How long a comparison is valid that found PostgreSQL unavailable: as long as a statement may take.
const COUNTS_AWAY: Duration = Duration::from_secs(4);

/// After this time a comparison is invalid even if its key still exists: it was restored by something else. It is
/// longer than [`COUNTS_AWAY`] by the clock difference that two Shells may have.
const LONGEST_CHECKED: Duration = Duration::from_secs(10);

/// How long a request waits for a comparison; after that it treats PostgreSQL as unavailable.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
const LOOKS: u32 = 50;

/// A change is committed before Redis is updated. If Redis is behind PostgreSQL, retry up to this number of times,
/// this long apart: changes that are in progress when PostgreSQL is read have arrived by then.
const PATIENCE: u32 = 5;
const BETWEEN_LOOKS_NANOSECONDS: u64 = 20_000_000;

/// Applies the changes that arrived out of order, from mark to mark.
pub(crate) const ADVANCE: &str = "
local function advance(mark, pending)
  local at = redis.pcall('GET', mark)
  while type(at) == 'string' do
    local from = string.match(at, ' (.+)$')
    local following = from and redis.pcall('HGET', pending, from)
    if type(following) ~= 'string' then return end
    redis.call('HDEL', pending, from)
    redis.call('SET', mark, following)
    at = following
  end
end";

/// Claims the right to compare, and reads the current state. A key without an expiry was not written by the Shell.
///
/// KEYS: the right to compare, the epoch, the mark. ARGV: the lifetime of the right. Returns whether this request has
/// the right, the epoch and the mark; a key of another type counts as missing.
const CLAIM: &str = "
if redis.call('PTTL', KEYS[1]) == -1 then redis.call('DEL', KEYS[1]) end
local claimed = redis.call('SET', KEYS[1], '', 'NX', 'PX', ARGV[1])
local function value(key)
  local stands = redis.pcall('GET', key)
  return type(stands) == 'string' and stands or ''
end
return {claimed and 1 or 0, value(KEYS[2]), value(KEYS[3])}";

/// While PostgreSQL is unavailable nothing can change, so the epoch that was read stays valid.
///
/// KEYS: the epoch, the last comparison. ARGV: the epoch, the comparison, its lifetime.
const COUNT_ON: &str = "
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1";

/// Begins a new epoch unless the current one is complete and up to date, and stores the comparison. A key of another
/// type counts as missing. It comes after [`ADVANCE`] in the script.
///
/// KEYS: the epoch, the mark, the changes that arrived out of order, the last comparison. ARGV: the epoch that was
/// seen, the one to begin, PostgreSQL's counter and mark, whether a new epoch is needed even if the mark is up to
/// date, whether Redis may still catch up, the comparison with either epoch, and its lifetime. Returns the epoch that
/// is valid now, or 0 if Redis is behind and may catch up.
const COMPARE: &str = "
local epoch, at = redis.pcall('GET', KEYS[1]), redis.pcall('GET', KEYS[2])
if type(epoch) ~= 'string' then epoch = '' end
if epoch ~= ARGV[1] then return epoch end
if epoch ~= '' and ARGV[5] == '0' and type(at) == 'string' then
  local counter, mark = string.match(at, '^(%d+) (.+)$')
  local ahead = counter and tonumber(counter) - tonumber(ARGV[3])
  -- Ahead: of changes that were told since PostgreSQL was asked.
  if ahead and (mark == ARGV[4] or ahead > 0) then
    redis.call('SET', KEYS[4], ARGV[7], 'PX', ARGV[9])
    return epoch
  end
  if ahead and ahead < 0 and ARGV[6] == '1' then return 0 end
end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], ARGV[3] .. ' ' .. ARGV[4])
advance(KEYS[2], KEYS[3])
redis.call('DEL', KEYS[3])
redis.call('SET', KEYS[4], ARGV[8], 'PX', ARGV[9])
return ARGV[2]";

/// A valid epoch.
#[derive(Clone, Debug)]
pub struct Epoch {
    /// The id that every valid value was sealed with.
    pub id: String,
    /// The epoch as it is stored in Redis.
    pub(crate) sealed: Vec<u8>,
}

/// The epoch that is valid at a moment, according to the last comparison. If the next comparison is due and no other
/// request makes it, this request does so after its answer; if none is valid, it waits for one.
pub(crate) async fn standing(
    key: &'static SealKey,
    checked: Option<Vec<u8>>,
    now: Timestamp,
) -> Option<Epoch> {
    let Some((epoch, age)) = last(key, checked, now) else {
        return compared(key, now).await;
    };
    if age >= COUNTS {
        // The comparison is valid for so long only because PostgreSQL was unavailable: after a pause, the first
        // request asks whether it is back, while the others continue with the current epoch.
        return match Found::claimed().await {
            Ok((true, found)) => found.compare_in_time(key).await,
            _ => Some(epoch),
        };
    }
    if age >= INTERVAL {
        wasip3::spawn(async move {
            if let Ok((true, found)) = Found::claimed().await {
                found.compare(key).await;
            }
        });
    }
    Some(epoch)
}

/// The result of the last comparison, if it is valid, and its age.
fn last(key: &SealKey, checked: Option<Vec<u8>>, now: Timestamp) -> Option<(Epoch, Duration)> {
    let last = key.open_again(CHECKED, "", checked?)?;
    let age = last.age(now.unix_milliseconds());
    let epoch = open(key, last.content)?;
    (age < LONGEST_CHECKED).then_some((epoch, age))
}

/// Compares, or waits for the request that does, for at most the duration of a comparison.
async fn compared(key: &'static SealKey, now: Timestamp) -> Option<Epoch> {
    let mut whole = None;
    for _ in 0..LOOKS {
        // If Redis accepts no writes, changes cannot be written to it either.
        let (claimed, found) = Found::claimed().await.ok()?;
        if claimed {
            return found.compare_in_time(key).await;
        }
        whole = found.whole(key);
        // Without an epoch there is nothing to wait for: PostgreSQL is asked, and nothing is cached.
        whole.as_ref()?;
        monotonic_clock::wait_for(BETWEEN_LOOKS_NANOSECONDS).await;
        let checked = redis::get(CHECKED).await.ok()?;
        if let Some((epoch, _)) = last(key, checked, now) {
            return Some(epoch);
        }
    }
    whole
}

/// The state of the epoch that a request found; empty if there was none.
#[derive(Debug)]
struct Found {
    epoch: Vec<u8>,
    mark: Vec<u8>,
}

impl Found {
    /// Reads the state, and returns whether this request is the one that compares.
    async fn claimed() -> Result<(bool, Self), redis::Unavailable> {
        let arguments = || {
            vec![
                text(CLAIM),
                RedisParameter::Int64(3),
                text(COMPARING),
                text(ID),
                text(MARK),
                milliseconds(INTERVAL),
            ]
        };
        let answer: Result<[_; 3], _> = redis::command("EVAL", arguments).await?.try_into();
        match answer {
            Ok(
                [
                    RedisResult::Int64(claimed),
                    RedisResult::Binary(epoch),
                    RedisResult::Binary(mark),
                ],
            ) => Ok((claimed == 1, Self { epoch, mark })),
            _ => Err(redis::Unavailable::Unexpected),
        }
    }

    /// The epoch, if both can be parsed.
    fn whole(&self, key: &SealKey) -> Option<Epoch> {
        open(key, self.epoch.clone()).filter(|_| Mark::read(&self.mark).is_some())
    }

    /// Compares, for at most as long as a request may wait; after that the current epoch stays valid, and the
    /// comparison continues without the request.
    async fn compare_in_time(self, key: &'static SealKey) -> Option<Epoch> {
        let whole = self.whole(key);
        let mut comparison = Box::pin(async move { self.compare(key).await });
        let compared = deadline::within(LONGEST_WAIT, comparison.as_mut()).await;
        compared.unwrap_or_else(|_| {
            wasip3::spawn(async move {
                comparison.await;
            });
            whole
        })
    }

    /// Compares, and begins a new epoch if one is needed.
    async fn compare(&self, key: &SealKey) -> Option<Epoch> {
        let checked = key.seal(CHECKED, "", &sealed(self.epoch.clone()));
        let Some(current) = postgresql_mark().await else {
            return self.count_on(key).await;
        };
        // A change is committed before Redis receives it: a PostgreSQL with a smaller counter was restored, or is a
        // replica that lagged.
        let behind = Mark::read(&self.mark).is_some_and(|seen| current.counter < seen.counter);
        let broken = !self.epoch.is_empty() && open(key, self.epoch.clone()).is_none();
        let begun = sealed(clock::new_identifier().to_string().into_bytes());
        let begun = key.seal(ID, "", &begun);
        let checked_begun = key.seal(CHECKED, "", &sealed(begun.clone()));
        let script = [ADVANCE, COMPARE].concat();
        for left in (0..PATIENCE).rev() {
            let arguments = || {
                vec![
                    text(&script),
                    RedisParameter::Int64(4),
                    text(ID),
                    text(MARK),
                    text(PENDING),
                    text(CHECKED),
                    bytes(&self.epoch),
                    bytes(&begun),
                    RedisParameter::Int64(current.counter),
                    text(&current.mark),
                    RedisParameter::Int64(i64::from(behind || broken)),
                    RedisParameter::Int64(i64::from(left > 0)),
                    bytes(&checked),
                    bytes(&checked_begun),
                    milliseconds(COUNTS),
                ]
            };
            match redis::command("EVAL", arguments).await.ok()?.pop() {
                Some(RedisResult::Binary(epoch)) => return open(key, epoch),
                Some(RedisResult::Int64(0)) => {
                    monotonic_clock::wait_for(BETWEEN_LOOKS_NANOSECONDS).await;
                }
                _ => return None,
            }
        }
        None
    }

    async fn count_on(&self, key: &SealKey) -> Option<Epoch> {
        let whole = self.whole(key)?;
        let checked = key.seal(CHECKED, "", &sealed(self.epoch.clone()));
        let arguments = || {
            vec![
                text(COUNT_ON),
                RedisParameter::Int64(2),
                text(ID),
                text(CHECKED),
                bytes(&self.epoch),
                bytes(&checked),
                milliseconds(COUNTS_AWAY),
            ]
        };
        let counts = redis::command("EVAL", arguments).await.ok()?;
        matches!(counts.as_slice(), [RedisResult::Int64(1)]).then_some(whole)
    }
}

async fn postgresql_mark() -> Option<Mark> {
    let statement = "SELECT counter || ' ' || mark AS mark FROM shell.changes";
    let mut row = sql::one_row(statement, vec![]).await.ok()?;
    let mark = row.text("mark").ok()??;
    Mark::read(mark.as_bytes())
}

fn open(key: &SealKey, sealed: Vec<u8>) -> Option<Epoch> {
    let id = key.open_again(ID, "", sealed.clone())?.content;
    Some(Epoch {
        id: String::from_utf8(id).ok()?,
        sealed,
    })
}

fn sealed(content: Vec<u8>) -> Sealed {
    Sealed {
        counter: 0,
        written_at: clock::now().unix_milliseconds(),
        content,
    }
}
