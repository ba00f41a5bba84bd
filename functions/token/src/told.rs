//! What logout tokens and security event tokens have in common: the values that are accepted, and which of their times
//! is used.

use clock::Timestamp;
use inbox::Revocation;
use serde::Serialize;

/// One thing that a token says.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// Tokens are revoked.
    Revocation(Revocation),
    /// An administrator gave a user another password.
    PasswordReset {
        /// Whom.
        user: String,
    },
}

/// How far ahead of the Shell's clock another one may be, in milliseconds.
const AHEAD: u64 = 30_000;

/// A time, in milliseconds since the epoch, of a token that arrived at this moment: what is said to be later than it can
/// be is as of then.
pub fn bounded(milliseconds: u64, arrived: Timestamp) -> u64 {
    milliseconds.min(arrived.unix_milliseconds().saturating_add(AHEAD))
}
