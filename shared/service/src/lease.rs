//! The lease: whether what Redis holds still counts.
//!
//! An epoch, which everything kept is sealed with, and the change counter that PostgreSQL had at
//! least. Once a second, one request for all compares it with PostgreSQL's own; where there is no
//! lease, or either store fell behind, a new epoch begins, and nothing of the old one counts.

use std::time::Duration;

use spin_sdk::redis::{RedisParameter, RedisResult};

use crate::{
    cache::{self, bytes, text},
    deadline,
    seal::{SealKey, Sealed},
    sql,
};

pub(crate) const EPOCH: &str = "lease:epoch";
pub(crate) const COUNTER: &str = "lease:counter";
pub(crate) const CHECKED: &str = "lease:checked";

/// Between two comparisons with PostgreSQL: the bound of what a store that fell behind can show.
const INTERVAL: Duration = Duration::from_secs(1);

/// Of a comparison. With PostgreSQL away nothing can have changed, and the request must not wait.
const DEADLINE: Duration = Duration::from_millis(500);

/// Begins a new epoch unless the lease is whole and not behind (ARGV: the epoch that was seen, the
/// one to begin, PostgreSQL's counter, whether what was seen is of no use whatever the counters
/// say). Answers the epoch that counts. A key of another type counts as missing.
const RENEW: &str = "
local epoch, counter = redis.pcall('GET', KEYS[1]), redis.pcall('GET', KEYS[2])
if type(epoch) ~= 'string' then epoch = '' end
counter = type(counter) == 'string' and tonumber(counter) or -1
local useless = ARGV[4] == '1' or counter < tonumber(ARGV[3])
if epoch ~= '' and not useless then return epoch end
if epoch ~= ARGV[1] then return epoch end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], ARGV[3])
return ARGV[2]";

/// A lease that stands.
#[derive(Clone, Debug)]
pub struct Lease {
    /// What everything that counts was sealed with.
    pub epoch: String,
    /// The epoch as it stands in Redis.
    pub(crate) sealed_epoch: Vec<u8>,
}

/// What a request found of the lease.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub epoch: Option<Vec<u8>>,
    pub counter: Option<i64>,
    pub checked: bool,
}

impl Found {
    /// The lease, compared with PostgreSQL where that is due and nobody else does it.
    pub async fn lease(self, key: &SealKey) -> Option<Lease> {
        let lease = self.epoch.as_deref().and_then(|sealed| open(key, sealed));
        let whole = lease.filter(|_| self.counter.is_some());
        if self.checked && whole.is_some() {
            return whole;
        }
        match cache::claim(CHECKED, INTERVAL).await {
            Ok(true) => {}
            Ok(false) => return whole,
            // A Redis that takes no writes can be told of no change either.
            Err(cache::Away) => return None,
        }
        match self.renew(key).await {
            Ok(renewed) => renewed,
            // PostgreSQL is away: nothing can have changed.
            Err(Away::PostgreSql) => whole,
            Err(Away::Redis) => None,
        }
    }

    async fn renew(&self, key: &SealKey) -> Result<Option<Lease>, Away> {
        let statement = "SELECT counter::text FROM shell.changes";
        let counter = deadline::within(DEADLINE, sql::one_row(statement, vec![]))
            .await
            .ok()
            .and_then(Result::ok)
            .and_then(|mut row| row.text(0).ok().flatten())
            .and_then(|counter| counter.parse::<i64>().ok())
            .ok_or(Away::PostgreSql)?;
        // What Redis was told was committed before: a PostgreSQL that knows less was restored, or
        // is a replica that lagged.
        let postgresql_behind = self.counter.is_some_and(|seen| counter < seen);
        let broken = self
            .epoch
            .as_deref()
            .is_some_and(|sealed| open(key, sealed).is_none());
        let begun = Sealed {
            counter: 0,
            written_at: clock::now().unix_milliseconds(),
            content: clock::new_identifier().to_string().into_bytes(),
        };
        let begun = key.seal(EPOCH, "", &begun);
        let arguments = || {
            vec![
                text(RENEW),
                RedisParameter::Int64(2),
                text(EPOCH),
                text(COUNTER),
                bytes(self.epoch.as_deref().unwrap_or_default()),
                bytes(&begun),
                RedisParameter::Int64(counter),
                RedisParameter::Int64(i64::from(postgresql_behind || broken)),
            ]
        };
        match cache::command("EVAL", arguments)
            .await
            .map_err(|_| Away::Redis)?
            .pop()
        {
            Some(RedisResult::Binary(epoch)) => Ok(open(key, &epoch)),
            _ => Ok(None),
        }
    }
}

enum Away {
    PostgreSql,
    Redis,
}

fn open(key: &SealKey, sealed: &[u8]) -> Option<Lease> {
    let epoch = key.open_again(EPOCH, "", sealed.to_owned())?.content;
    Some(Lease {
        epoch: String::from_utf8(epoch).ok()?,
        sealed_epoch: sealed.to_owned(),
    })
}
