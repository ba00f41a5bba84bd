//! The lease: whether what Redis holds still counts.
//!
//! An epoch, which everything kept is sealed with, and the mark of the last change that Redis was
//! told of. Once a second, one request for all compares it with PostgreSQL's own; where there is no
//! lease, or either store fell behind, a new epoch begins, and nothing of the old one counts. Until
//! the next comparison, the last one is all that a request needs to see: the epoch is in it.

use std::time::Duration;

use clock::Timestamp;
use spin_sdk::{
    redis::{RedisParameter, RedisResult},
    wasip3::{self, clocks::monotonic_clock},
};

use crate::{
    cache::{self, bytes, milliseconds, text},
    mark::Mark,
    seal::{SealKey, Sealed},
    sql,
};

pub(crate) const EPOCH: &str = "lease:epoch";
pub(crate) const MARK: &str = "lease:mark";
pub(crate) const TOLD: &str = "lease:told";
pub(crate) const CHECKED: &str = "lease:checked";

/// Between two comparisons with PostgreSQL: the bound of what a store that fell behind can show.
const INTERVAL: Duration = Duration::from_secs(1);

/// After this a comparison counts no more, even if its key is still there: somebody else
/// put it back. Longer than [`INTERVAL`] by what the clocks of two Shells may differ.
const LONGEST_CHECKED: Duration = Duration::from_secs(10);

/// A change is committed before Redis is told. Who finds Redis behind waits for it to catch up, so
/// often and so long: what is under way when PostgreSQL is asked is told by then.
const PATIENCE: u32 = 5;
const BETWEEN_LOOKS_NANOSECONDS: u64 = 20_000_000;

/// Follows the changes that were told before their turn, from mark to mark.
pub(crate) const ADVANCE: &str = "
local function advance(mark, told)
  local at = redis.pcall('GET', mark)
  while type(at) == 'string' do
    local from = string.match(at, ' (.+)$')
    local following = from and redis.pcall('HGET', told, from)
    if type(following) ~= 'string' then return end
    redis.call('HDEL', told, from)
    redis.call('SET', mark, following)
    at = following
  end
end";

/// Takes the right to compare from who had it last.
///
/// KEYS: the last comparison, the epoch. ARGV: how the request found both, how it leaves the
/// comparison, its life. The epoch in a comparison is never another than the one that stands.
const CLAIM: &str = "
for i = 1, 2 do
  local stands = redis.pcall('GET', KEYS[i])
  if type(stands) ~= 'string' then stands = '' end
  if stands ~= ARGV[i] then return 0 end
end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
return 1";

/// Begins a new epoch unless the lease is whole and in step. A key of another type counts as missing.
/// Follows [`ADVANCE`].
///
/// KEYS: the epoch, the mark, changes that were told before their turn, the last comparison. ARGV: the
/// epoch that was seen, the one to begin, PostgreSQL's counter and mark, whether what was seen is of
/// no use whatever stands there now, whether Redis may still catch up, this comparison and its life.
/// Answers the epoch that counts, or 0 where Redis is behind and may catch up.
const RENEW: &str = "
local epoch, at = redis.pcall('GET', KEYS[1]), redis.pcall('GET', KEYS[2])
if type(epoch) ~= 'string' then epoch = '' end
if epoch ~= ARGV[1] then return epoch end
if epoch ~= '' and ARGV[5] == '0' and type(at) == 'string' then
  local counter, mark = string.match(at, '^(%d+) (.+)$')
  local ahead = counter and tonumber(counter) - tonumber(ARGV[3])
  -- Ahead: of changes that were told since PostgreSQL was asked.
  if ahead and (mark == ARGV[4] or ahead > 0) then return epoch end
  if ahead and ahead < 0 and ARGV[6] == '1' then return 0 end
end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], ARGV[3] .. ' ' .. ARGV[4])
advance(KEYS[2], KEYS[3])
redis.call('DEL', KEYS[3])
redis.call('SET', KEYS[4], ARGV[7], 'PX', ARGV[8])
return ARGV[2]";

/// A lease that stands.
#[derive(Clone, Debug)]
pub struct Lease {
    /// What everything that counts was sealed with.
    pub epoch: String,
    /// The epoch as it stands in Redis.
    pub(crate) sealed_epoch: Vec<u8>,
}

/// The lease that stands at a moment, by the last comparison that a request found. Where the next
/// one is due and nobody else makes it, this request does; where the lease is whole, it does not wait
/// for that.
pub(crate) async fn standing(
    key: &'static SealKey,
    checked: Option<Vec<u8>>,
    now: Timestamp,
) -> Option<Lease> {
    let last = checked
        .as_ref()
        .and_then(|checked| key.open_again(CHECKED, "", checked.clone()))
        .filter(|last| last.age(now.unix_milliseconds()) < LONGEST_CHECKED)
        .and_then(|last| open(key, last.content));
    if last.is_some() {
        return last;
    }
    let mut found = cache::get_all([EPOCH, MARK].into_iter()).await.ok()?;
    let found = Found {
        epoch: found.next().flatten().unwrap_or_default(),
        mark: found.next().flatten().unwrap_or_default(),
        checked: checked.unwrap_or_default(),
    };
    found.lease(key).await
}

/// What a request found of the lease; empty where there was nothing.
#[derive(Clone, Debug)]
struct Found {
    epoch: Vec<u8>,
    mark: Vec<u8>,
    checked: Vec<u8>,
}

impl Found {
    async fn lease(self, key: &'static SealKey) -> Option<Lease> {
        let mark = Mark::read(&self.mark);
        let whole = open(key, self.epoch.clone()).filter(|_| mark.is_some());
        match self.claim(key).await {
            Ok(true) => {}
            Ok(false) => return whole,
            // A Redis that takes no writes can be told of no change either.
            Err(cache::Away) => return None,
        }
        if whole.is_none() {
            return self.renew(key, mark).await;
        }
        // It goes on when the request has been answered.
        wasip3::spawn(async move {
            self.renew(key, mark).await;
        });
        whole
    }

    async fn claim(&self, key: &SealKey) -> Result<bool, cache::Away> {
        let checked = key.seal(CHECKED, "", &sealed(self.epoch.clone()));
        let arguments = || {
            vec![
                text(CLAIM),
                RedisParameter::Int64(2),
                text(CHECKED),
                text(EPOCH),
                bytes(&self.checked),
                bytes(&self.epoch),
                bytes(&checked),
                milliseconds(INTERVAL),
            ]
        };
        let answer = cache::command("EVAL", arguments).await?;
        Ok(matches!(answer.as_slice(), [RedisResult::Int64(1)]))
    }

    /// Compares, and begins a new epoch where one is due. With PostgreSQL away nothing can have
    /// changed, and nothing is done.
    async fn renew(&self, key: &SealKey, seen: Option<Mark>) -> Option<Lease> {
        let current = postgresql_mark().await?;
        // What Redis was told was committed before: a PostgreSQL that knows less was restored, or
        // is a replica that lagged.
        let behind = seen.is_some_and(|seen| current.counter < seen.counter);
        let broken = !self.epoch.is_empty() && open(key, self.epoch.clone()).is_none();
        let begun = sealed(clock::new_identifier().to_string().into_bytes());
        let begun = key.seal(EPOCH, "", &begun);
        let checked = key.seal(CHECKED, "", &sealed(begun.clone()));
        let script = [ADVANCE, RENEW].concat();
        for left in (0..PATIENCE).rev() {
            let arguments = || {
                vec![
                    text(&script),
                    RedisParameter::Int64(4),
                    text(EPOCH),
                    text(MARK),
                    text(TOLD),
                    text(CHECKED),
                    bytes(&self.epoch),
                    bytes(&begun),
                    RedisParameter::Int64(current.counter),
                    text(&current.mark),
                    RedisParameter::Int64(i64::from(behind || broken)),
                    RedisParameter::Int64(i64::from(left > 0)),
                    bytes(&checked),
                    milliseconds(INTERVAL),
                ]
            };
            match cache::command("EVAL", arguments).await.ok()?.pop() {
                Some(RedisResult::Binary(epoch)) => return open(key, epoch),
                Some(RedisResult::Int64(0)) => {
                    monotonic_clock::wait_for(BETWEEN_LOOKS_NANOSECONDS).await;
                }
                _ => return None,
            }
        }
        None
    }
}

async fn postgresql_mark() -> Option<Mark> {
    let statement = "SELECT counter || ' ' || mark FROM shell.changes";
    let mark = sql::one_row(statement, vec![]).await.ok()?.text(0).ok()??;
    Mark::read(mark.as_bytes())
}

fn open(key: &SealKey, sealed_epoch: Vec<u8>) -> Option<Lease> {
    let epoch = key.open_again(EPOCH, "", sealed_epoch.clone())?.content;
    Some(Lease {
        epoch: String::from_utf8(epoch).ok()?,
        sealed_epoch,
    })
}

fn sealed(content: Vec<u8>) -> Sealed {
    Sealed {
        counter: 0,
        written_at: clock::now().unix_milliseconds(),
        content,
    }
}
