//! When a key set is valid, when it is fetched again, and when a token whose key it does not have is refused for good.
//!
//! The age of a set is measured from the time at which its fetch was granted, by PostgreSQL's clock; everything else
//! uses this host's clock.

use std::time::Duration;

use clock::Timestamp;
use serde::{Deserialize, Serialize};

/// A set of this age is fetched again, by the first request that sees it.
const REFRESHED: Duration = Duration::from_secs(5 * 60);

/// A set of this age is fetched before it is used: under load no set gets so old unless the issuer is unavailable.
const OVERDUE: Duration = Duration::from_secs(10 * 60);

/// A set that could not be fetched again for this long is not valid any more.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// For this long after its fetch, a set that lacks a key suffices to refuse the tokens of that key.
const REFUSES: Duration = Duration::from_secs(20);

/// The maximum difference between the clocks of two hosts, or of a host and PostgreSQL.
const SKEW: Duration = Duration::from_secs(2);

/// The maximum duration of a fetch.
const FETCH: Duration = Duration::from_secs(5);

/// The age of a moment in microseconds since the epoch; a moment in the future has the age zero.
fn age(moment: u64, now: Timestamp) -> Duration {
    let now = u64::try_from(now.unix_microseconds()).unwrap_or_default();
    Duration::from_micros(now.saturating_sub(moment))
}

/// Whether a set that was fetched at a moment is valid.
pub fn counts(fetched_at: u64, now: Timestamp) -> bool {
    age(fetched_at, now) <= LONGEST
}

/// Whether it is time to fetch it again.
pub fn is_due(fetched_at: u64, now: Timestamp) -> bool {
    age(fetched_at, now) > REFRESHED
}

/// Whether it should have been fetched again before now.
pub fn is_overdue(fetched_at: u64, now: Timestamp) -> bool {
    age(fetched_at, now) > OVERDUE
}

/// Whether a fetch that was granted at a moment may still be running: the known set is older, or there is none.
pub fn is_under_way(granted_at: u64, fetched_at: Option<u64>, now: Timestamp) -> bool {
    fetched_at.is_none_or(|fetched_at| fetched_at < granted_at)
        && age(granted_at, now) < FETCH.saturating_add(SKEW)
}

/// When tokens with a key that the known set lacks were first seen, and whether a newer set lacks it, too.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Seen {
    /// In microseconds since the epoch.
    pub first: u64,
    /// The time of a set that was fetched for such a token, and lacks the key.
    pub refused_by: Option<u64>,
}

impl Seen {
    /// A token of this kind is seen for the first time.
    pub fn now(now: Timestamp) -> Self {
        Self {
            first: u64::try_from(now.unix_microseconds()).unwrap_or_default(),
            refused_by: None,
        }
    }

    /// Whether the set that was fetched at a moment, and lacks the key, suffices to refuse its tokens: the set is
    /// recent, and was fetched after one of these tokens was seen.
    pub fn is_refused(&self, fetched_at: u64, now: Timestamp) -> bool {
        let after = self.first.saturating_add(micros(SKEW));
        let is_later = fetched_at > after || self.refused_by.is_some_and(|by| fetched_at >= by);
        is_later && age(fetched_at, now) < REFUSES
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix(seconds, 0)
    }

    #[test]
    fn a_set_counts_for_a_day_and_is_due_after_five_minutes() {
        let fetched_at = 1_000 * SECOND;
        for (now, due, counting) in [
            (1_000, false, true),
            // The clock was set back, or PostgreSQL's runs ahead.
            (10, false, true),
            (1_300, false, true),
            (1_301, true, true),
            (1_000 + 86_400, true, true),
            (1_001 + 86_400, true, false),
        ] {
            assert_eq!(is_due(fetched_at, at(now)), due, "{now}");
            assert_eq!(is_overdue(fetched_at, at(now)), now > 1_600, "{now}");
            assert_eq!(counts(fetched_at, at(now)), counting, "{now}");
        }
    }

    #[test]
    fn a_fetch_is_waited_for_as_long_as_it_may_take() {
        let granted = 1_000 * SECOND;
        assert!(is_under_way(granted, None, at(1_001)));
        assert!(is_under_way(granted, Some(granted - 1), at(1_006)));
        assert!(!is_under_way(granted, Some(granted - 1), at(1_007)));
        assert!(!is_under_way(granted, Some(granted), at(1_001)));
    }

    #[test]
    fn a_set_from_after_a_token_was_seen_refuses_it_for_20_s() {
        let seen = Seen::now(at(1_000));
        for (fetched_at, now, refused) in [
            (999, 1_001, false),
            // Perhaps it was fetched before the token, by the other clock.
            (1_001, 1_001, false),
            (1_002, 1_003, false),
            (1_003, 1_003, true),
            (1_003, 1_022, true),
            (1_003, 1_023, false),
        ] {
            let told = seen.is_refused(fetched_at * SECOND, at(now));
            assert_eq!(told, refused, "{fetched_at} at {now}");
        }
    }

    #[test]
    fn a_set_that_was_fetched_for_it_refuses_it_at_once() {
        let seen = Seen {
            refused_by: Some(1_000 * SECOND + 5),
            ..Seen::now(at(1_000))
        };
        assert!(seen.is_refused(1_000 * SECOND + 5, at(1_001)));
        assert!(seen.is_refused(1_001 * SECOND, at(1_001)));
        assert!(!seen.is_refused(1_000 * SECOND + 4, at(1_001)));
        assert!(!seen.is_refused(1_000 * SECOND + 5, at(1_021)));
    }
}
