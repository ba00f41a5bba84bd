//! Invalidates in Redis what a change has made stale.

use std::time::Duration;

use clock::Timestamp;
use serde::Deserialize;
use spin_sdk::redis::RedisParameter;
use uuid::Uuid;
use vocabulary::Slug;

use super::{
    epoch::{self, Epoch},
    fill::COUNTER_AT,
    lookup::seal_key,
    redis::{self, Unavailable, bytes, milliseconds, text},
    seal::Sealed,
};
use crate::{
    identity::{longest_token, receipt},
    problem::Problem,
    revocation::{self, Revoked},
    tenant::{self, TenantPath},
};

/// The organization that may act for every other.
const PLATFORM: &str = "platform";

/// A tombstone outlives every reader that read PostgreSQL before the change and every receipt from an answer before
/// it: the longest time that a request can take, plus a margin for a clock that was set back.
const TOMBSTONE: Duration = Duration::from_secs(receipt::LONGEST_SECONDS + 30);

/// For more values than this, a change begins a new epoch instead, since a script blocks Redis while it runs.
const MOST_KEYS: usize = 3_000;

/// KEYS: the epoch's mark, the changes that arrived out of order, the values, then the revocations. ARGV: the
/// change's counter, a tombstone's lifetime, the number of revocations, and for each of them its cut-off, scope and
/// lifetime; if something was changed, also the mark before it, and its own counter and mark. It comes after
/// [`epoch::ADVANCE`], [`COUNTER_AT`] and [`revocation::ADD`] in the script.
const CHANGED: &str = "
local change, revoked = tonumber(ARGV[1]), tonumber(ARGV[3])
local last = #KEYS - revoked
for i = 3, last do
  if counter_at(KEYS[i]) <= change then redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2]) end
end
for i = 1, revoked do
  add_revocation(KEYS[last + i], ARGV[3 * i + 1], ARGV[3 * i + 2], ARGV[3 * i + 3])
end
local before, mark = ARGV[3 * revoked + 4], ARGV[3 * revoked + 5]
if not before then return 1 end
if redis.call('TYPE', KEYS[2]).ok ~= 'hash' then redis.call('DEL', KEYS[2]) end
redis.call('HSET', KEYS[2], before, mark)
redis.call('PEXPIRE', KEYS[2], ARGV[2])
advance(KEYS[1], KEYS[2])
return 1";

/// KEYS: the value, the epoch. ARGV: the value, its number, the epoch that it was sealed with, its lifetime, a
/// tombstone's lifetime. It comes after [`COUNTER_AT`] in the script.
const REPLACE: &str = "
if counter_at(KEYS[1]) > tonumber(ARGV[2]) then return 0 end
if ARGV[3] ~= '' and redis.pcall('GET', KEYS[2]) == ARGV[3] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[4])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[5])
end
return 1";

/// A change that PostgreSQL has committed now, or had committed when the same change was requested before, as
/// `shell.change_to_tell` describes it.
#[derive(Debug, Deserialize)]
pub struct Change {
    /// PostgreSQL's change counter after it.
    counter: i64,
    /// If something was changed, the mark before it and its own mark.
    marks: Option<(String, String)>,
    /// The organizations that it affects, each with every identity provider.
    affected: Vec<Affected>,
}

#[derive(Debug, Deserialize)]
struct Affected {
    id: Uuid,
    slug: Slug,
    provider: Slug,
}

impl Change {
    /// Parses the result of `shell.change_to_tell`.
    pub fn read(json: &str) -> Result<Self, Problem> {
        serde_json::from_str(json).map_err(|fault| Problem::internal(format!("a change: {fault}")))
    }

    /// The keys of a kind for every path to the affected organizations: their own path, and that of platform acting
    /// for them, since platform may act for each of them.
    pub fn keys(&self, kind: &str) -> Vec<String> {
        self.keys_of(kind, |_| true)
    }

    /// The same for the one organization that was changed. Every change affects platform, which is the changed
    /// organization only if no other one is affected.
    pub fn keys_of_the_one(&self, kind: &str) -> Vec<String> {
        let id = self.the_one().map(|one| one.id);
        self.keys_of(kind, |affected| Some(affected.id) == id)
    }

    /// The names of that organization in keys: its id and its slug.
    pub fn names_of_the_one(&self) -> Option<[String; 2]> {
        let one = self.the_one()?;
        Some([one.id.to_string(), one.slug.to_string()])
    }

    /// The keys of the versions of the names by which tokens name organizations, for every identity provider.
    pub fn namings(&self) -> Vec<String> {
        let mut keys: Vec<_> = self
            .affected
            .iter()
            .map(|affected| tenant::naming_key(&affected.provider))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The keys of the cut-offs of the changed organization's tokens, for every identity provider.
    pub fn cutoffs(&self) -> Vec<String> {
        let id = self.the_one().map(|one| one.id);
        let affected = self.affected.iter();
        let affected = affected.filter(|one| Some(one.id) == id);
        affected
            .map(|one| {
                let [of_all, _] = tenant::cutoff_keys(one.provider.as_str(), one.id, "");
                of_all
            })
            .collect()
    }

    fn the_one(&self) -> Option<&Affected> {
        let mut affected = self.affected.iter();
        let other = affected.find(|one| one.slug.as_str() != PLATFORM);
        other.or_else(|| self.affected.first())
    }

    fn keys_of(&self, kind: &str, is_meant: impl Fn(&Affected) -> bool) -> Vec<String> {
        let key = |by: &Affected, acting_for: Option<&Slug>| {
            let path = TenantPath {
                provider: by.provider.clone(),
                organization: by.id,
                acting_for: acting_for.cloned(),
            };
            path.key(kind)
        };
        let meant = || self.affected.iter().filter(|one| is_meant(one));
        let by_platform = self
            .affected
            .iter()
            .filter(|one| one.slug.as_str() == PLATFORM);
        let mut keys = Vec::new();
        for platform in by_platform {
            keys.extend(meant().map(|one| key(platform, Some(&one.slug))));
        }
        for one in meant() {
            keys.push(key(one, None));
            keys.push(key(one, Some(&one.slug)));
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

/// Invalidates these keys in Redis after a change. Only then may the change be answered with 2xx: if Redis is
/// unavailable, the change is committed, and it is safe to retry the request.
pub async fn invalidate(change: &Change, keys: &[String]) -> Result<(), Problem> {
    invalidate_and_revoke(change, keys, &[]).await
}

/// The same for a change that revokes tokens: the one script writes the revocations, too. If there are too many for
/// a script, only the epoch is ended: then no receipt is valid, and PostgreSQL, which has every revocation, is
/// asked about each token, and again and again about those that it refuses.
pub async fn invalidate_and_revoke(
    change: &Change,
    keys: &[String],
    revoked: &[Revoked],
) -> Result<(), Problem> {
    let longest_token = longest_token().await?;
    let now = clock::now();
    let count = |count: usize| RedisParameter::Int64(i64::try_from(count).unwrap_or(i64::MAX));
    let told = if keys.len() + revoked.len() > MOST_KEYS {
        let whole_epoch = || {
            [epoch::ID, epoch::CHECKED, epoch::COMPARING]
                .map(text)
                .to_vec()
        };
        redis::command("DEL", whole_epoch).await
    } else {
        let script = [epoch::ADVANCE, COUNTER_AT, revocation::ADD, CHANGED].concat();
        let arguments = || {
            let mut arguments = vec![
                text(&script),
                count(keys.len() + revoked.len() + 2),
                text(epoch::MARK),
                text(epoch::PENDING),
            ];
            arguments.extend(keys.iter().map(|key| text(key)));
            arguments.extend(revoked.iter().map(|revoked| text(&revoked.key())));
            arguments.push(RedisParameter::Int64(change.counter));
            arguments.push(milliseconds(TOMBSTONE));
            arguments.push(count(revoked.len()));
            for revoked in revoked {
                // It outlives every receipt that was made from an earlier answer, however long tokens may live.
                let life = revoked.life(longest_token, now).max(TOMBSTONE);
                arguments.extend([
                    text(&revoked.cut_off()),
                    text(&revoked.scope()),
                    milliseconds(life),
                ]);
            }
            if let Some((previous, mark)) = &change.marks {
                arguments.push(text(previous));
                arguments.push(text(&format!("{} {mark}", change.counter)));
            }
            arguments
        };
        redis::command("EVAL", arguments).await
    };
    told.map(|_| ()).map_err(untold)
}

/// Writes the current value of a key with a number, so that nothing older can overwrite it. In another epoch than
/// the writer's, or without one, a tombstone is written instead: an earlier reader's answer must not be filled in.
pub async fn replace(name: &str, epoch: Option<&Epoch>, now: &Replacement) -> Result<(), Problem> {
    let value = Sealed {
        counter: now.number,
        written_at: now.asked_at.unix_milliseconds(),
        content: now.content.clone(),
    };
    let key = seal_key().await?;
    let value = epoch.map(|epoch| (key.seal(name, &epoch.id, &value), &epoch.sealed));
    let (value, sealed_epoch) = value.unzip();
    let script = [COUNTER_AT, REPLACE].concat();
    let arguments = || {
        vec![
            text(&script),
            RedisParameter::Int64(2),
            text(name),
            text(epoch::ID),
            bytes(value.as_deref().unwrap_or_default()),
            RedisParameter::Int64(now.number),
            bytes(sealed_epoch.map(Vec::as_slice).unwrap_or_default()),
            milliseconds(now.life),
            milliseconds(TOMBSTONE),
        ]
    };
    let told = redis::command("EVAL", arguments).await;
    told.map(|_| ()).map_err(untold)
}

/// The current value of a key.
pub struct Replacement {
    /// A number that grows with each value.
    pub number: i64,
    /// The content.
    pub content: Vec<u8>,
    /// How long the value is valid.
    pub life: Duration,
    /// When PostgreSQL was read.
    pub asked_at: Timestamp,
}

fn untold(cause: Unavailable) -> Problem {
    Problem::unavailable(vec!["redis"])
        .with_cause(format!("Redis: {cause}"))
        .with_detail(
            "the change was made, but it may not have reached every cache yet; repeat the request",
        )
}
