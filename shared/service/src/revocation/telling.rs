//! Writing revocations to Redis.

use std::time::Duration;

use clock::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::{key, token_key};

/// Adds to the revocations at a key: the latest time of each scope is kept, so that writers may come in any order and
/// more than once. A value that cannot be read is kept, too: it makes readers ask PostgreSQL.
pub const ADD: &str = "
local function add_revocation(key, at, scope, life)
  local stands = redis.pcall('GET', key)
  local left = tonumber(life)
  local entries = {}
  if type(stands) == 'string' then
    left = math.max(left, redis.call('PTTL', key))
    for entry in string.gmatch(stands, '%S+') do
      local before, of = string.match(entry, '^(%d+)(.*)$')
      if of ~= scope then
        entries[#entries + 1] = entry
      elseif tonumber(before) > tonumber(at) then
        at = before
      end
    end
  end
  entries[#entries + 1] = at .. scope
  redis.call('SET', key, table.concat(entries, ' '), 'PX', left)
end";

/// The maximum difference between the clocks of Shells and of Redis, and how far in the future a token may be issued.
const MARGIN_SECONDS: u64 = 60;

/// A time after which no token is issued: it revokes tokens of any time.
const NEVER: u64 = 253_402_300_799;

/// A revocation, as the database's functions return it.
#[derive(Clone, Debug, Deserialize)]
pub struct Revoked {
    provider: String,
    kind: String,
    value: String,
    organization: Option<Uuid>,
    cut_off: u64,
    expires: Option<u64>,
}

impl Revoked {
    /// Its key.
    pub fn key(&self) -> String {
        match self.kind.as_str() {
            "token" => token_key(&self.value),
            kind => key(&self.provider, kind, &self.value),
        }
    }

    /// Of several revocations at one key, the latest of each scope applies: `@` and an organization, or nothing.
    pub fn scope(&self) -> String {
        self.organization
            .map_or_else(String::new, |organization| format!("@{organization}"))
    }

    /// The time, in seconds since the epoch: tokens that were issued in this second or before are revoked.
    pub fn cut_off(&self) -> String {
        self.cut_off.to_string()
    }

    /// How long it has to be kept: for as long as a token that it refuses may be valid.
    pub fn life(&self, longest_token: Duration, now: Timestamp) -> Duration {
        let now = now.unix_seconds();
        let longest = longest_token.as_secs();
        let end = match self.expires {
            Some(expires) => expires,
            None if self.cut_off >= NEVER => now.saturating_add(longest),
            None => self.cut_off.saturating_add(longest),
        };
        Duration::from_secs(end.saturating_add(MARGIN_SECONDS).saturating_sub(now))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(10_000, 0);
    const LONGEST: Duration = Duration::from_secs(1_000);

    fn read(told: serde_json::Value) -> Revoked {
        serde_json::from_value(told).unwrap()
    }

    #[test]
    fn it_stands_where_readers_look() {
        let token = read(
            json!({"provider": "default", "kind": "token", "value": "00ff",
            "cut_off": NEVER, "expires": 10_300}),
        );
        assert_eq!(token.key(), "blacklist:00ff");
        assert_eq!(
            (token.cut_off(), token.scope()),
            (NEVER.to_string(), String::new())
        );
        let organization = Uuid::nil();
        let session = read(
            json!({"provider": "default", "kind": "session", "value": "s:1",
            "organization": organization, "cut_off": 10_030}),
        );
        assert_eq!(session.key(), "revoked:default:session:s:1");
        assert_eq!(session.scope(), format!("@{organization}"));
    }

    #[test]
    fn it_stands_as_long_as_a_token_may_count_that_it_refuses() {
        let life = |kind: &str, cut_off: u64, expires: Option<u64>| {
            let revoked = read(json!({"provider": "p", "kind": kind, "value": "v",
                "cut_off": cut_off, "expires": expires}));
            revoked.life(LONGEST, NOW).as_secs()
        };
        assert_eq!(life("token", NEVER, Some(10_300)), 360);
        assert_eq!(life("token_id", NEVER, None), 1_060);
        assert_eq!(life("subject", 10_030, None), 1_090);
        assert_eq!(life("subject", 9_500, None), 560);
        assert_eq!(life("subject", 0, None), 0);
    }
}
