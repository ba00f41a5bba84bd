//! What logout tokens and security event tokens have in common: the facts, and the time that is used.

use clock::Timestamp;
use inbox::Revocation;
use serde::Serialize;

/// A fact from a token.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fact {
    /// Tokens are revoked.
    Revocation(Revocation),
    /// An administrator gave the user another password.
    PasswordReset {
        /// The user.
        user: String,
    },
}

/// How far ahead of the Shell's clock another clock may be, in milliseconds.
const AHEAD: u64 = 30_000;

/// A time, in milliseconds since the epoch, of a token that arrived at this moment; one that is too far in the future
/// is replaced by the latest possible time.
pub fn bounded(milliseconds: u64, arrived: Timestamp) -> u64 {
    milliseconds.min(arrived.unix_milliseconds().saturating_add(AHEAD))
}
