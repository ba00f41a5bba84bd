//! A receipt: a token that was checked a moment ago need not be checked again.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use vocabulary::Slug;

use crate::identity::Caller;

/// Seconds that a receipt is good for; less where the token ends before.
pub const LONGEST_SECONDS: u64 = 60;

/// The SHA-256 of a token in hex: what stands in Redis instead of it.
pub fn token_hash(token: &str) -> String {
    use std::fmt::Write;
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(token) {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Where a token's receipt stands.
pub fn key(token_hash: &str) -> String {
    format!("receipt:{token_hash}")
}

/// The caller that was made of the token, and until when that may be taken for granted.
#[derive(Debug, Deserialize, Serialize)]
pub struct Receipt {
    provider: Slug,
    organization: Option<Uuid>,
    subject: String,
    session: Option<String>,
    /// Seconds since the epoch.
    until: u64,
}

impl Receipt {
    /// For a caller whose token is valid until `expires_at`, in seconds since the epoch.
    pub fn new(caller: &Caller, expires_at: u64, now: u64) -> Self {
        Self {
            provider: caller.provider.clone(),
            organization: caller.organization,
            subject: caller.subject.clone(),
            session: caller.session.clone(),
            until: expires_at.min(now + LONGEST_SECONDS),
        }
    }

    /// Seconds that it is still good for.
    pub fn remaining(&self, now: u64) -> u64 {
        self.until.saturating_sub(now)
    }

    /// The caller, while it is good.
    pub fn caller(self, now: u64) -> Option<Caller> {
        (self.remaining(now) > 0).then_some(Caller {
            provider: self.provider,
            organization: self.organization,
            subject: self.subject,
            session: self.session,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_for_a_minute_or_as_long_as_the_token() {
        let caller = Caller {
            provider: Slug::try_from("default").unwrap(),
            organization: None,
            subject: "alice".to_owned(),
            session: None,
        };
        let check = |expires_at: u64, now: u64, good: bool| {
            let receipt = Receipt::new(&caller, expires_at, 1_000);
            assert_eq!(
                receipt.caller(now),
                good.then(|| caller.clone()),
                "{expires_at} at {now}"
            );
        };
        check(5_000, 1_059, true);
        check(5_000, 1_060, false);
        check(1_010, 1_009, true);
        check(1_010, 1_010, false);
    }
}
