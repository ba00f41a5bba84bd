//! The provider's time: Keycloak sends no `Date`, but its tokens contain the time at which they were issued, by the
//! clock that also stamps its events.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;

use crate::failure::Failure;

/// By how many minutes the provider's clock may be ahead, as with events.
const AHEAD: u64 = 5;

/// How many seconds a change may take at the provider: its event has the time before it became visible.
const UNDER_WAY: u64 = 1;

const MILLISECONDS: u64 = 1_000;
const NANOSECONDS: u64 = 1_000_000_000;

/// The provider's clock, as far as it is known.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Clock {
    /// In seconds since the epoch.
    issued_at: u64,
    /// When that time had already passed, on the monotonic clock, in nanoseconds.
    known_at: u64,
}

#[derive(Deserialize)]
struct Claims {
    iat: u64,
}

impl Clock {
    /// Reads the time of a token that arrived at `known_at`; `now` is the time on this machine, in seconds since the
    /// epoch.
    pub fn of(token: &str, known_at: u64, now: u64) -> Result<Self, Failure> {
        let issued_at = issued_at(token).ok_or(Failure::NoTime)?;
        if issued_at > now + AHEAD * 60 {
            return Err(Failure::Ahead(AHEAD));
        }
        Ok(Self {
            issued_at,
            known_at,
        })
    }

    /// A time of the provider, in milliseconds since the epoch, whose changes were visible at `at` on the monotonic
    /// clock: in whole seconds, rounded down.
    pub fn passed(self, at: u64) -> u64 {
        let since = at.saturating_sub(self.known_at) / NANOSECONDS;
        self.issued_at
            .saturating_add(since)
            .saturating_sub(UNDER_WAY)
            .saturating_mul(MILLISECONDS)
    }
}

/// When a token was issued. It came from its issuer as the answer to this job's request, so that nothing else in it is
/// checked.
fn issued_at(token: &str) -> Option<u64> {
    let mut parts = token.split('.');
    let (_, claims) = (parts.next()?, parts.next()?);
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    Some(claims.iat)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_moment_that_has_passed_in_whole_seconds() {
        let token = token(r#"{"iat":1795906284,"typ":"Bearer"}"#);
        let clock = Clock::of(&token, 5_500_000_000, 1_795_906_284).unwrap();
        for (at, seconds) in [
            (0, 0),
            (5_500_000_000, 0),
            (6_499_999_999, 0),
            (8_500_000_000, 3),
        ] {
            assert_eq!(clock.passed(at), (1_795_906_283 + seconds) * 1_000, "{at}");
        }
    }

    #[test]
    fn a_clock_that_is_ahead_is_not_believed() {
        let of = |iat: u64| Clock::of(&token(&format!(r#"{{"iat":{iat}}}"#)), 0, 1_000);
        assert!(of(0).is_ok());
        assert!(of(1_300).is_ok());
        assert_eq!(of(1_301), Err(Failure::Ahead(5)));
        assert_eq!(of(u64::MAX), Err(Failure::Ahead(5)));
    }

    #[test]
    fn a_token_that_does_not_say_it_tells_no_time() {
        let others = [
            r#"{"iat":null}"#,
            r#"{"iat":-1}"#,
            r#"{"iat":"now"}"#,
            "{}",
            "[]",
            "",
        ];
        let others = others.map(token);
        let none = ["opaque", "a.b", "e30.%.c2ln", ""];
        for token in others.iter().map(String::as_str).chain(none) {
            assert_eq!(Clock::of(token, 0, 0), Err(Failure::NoTime), "{token}");
        }
    }
}
