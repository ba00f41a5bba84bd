//! Revocations: what a token can be revoked by, the Redis keys, and what their values say about a token.
//!
//! A revocation in Redis can only refuse a token. The lack of one admits a token only together with a receipt, which
//! was made from an answer of PostgreSQL in the same epoch. The source of truth is PostgreSQL
//! (`migrations/functions/revocations.sql`).

mod hashes;
mod judging;
mod marks;
mod telling;

pub use hashes::{Hashes, sha256};
pub use judging::{Standing, judge};
pub use marks::{Marks, Question, organization_key};
pub use telling::{ADD, Revoked};

/// The key of the revocation of one token, by the SHA-256 of its signed part.
fn token_key(hash: &str) -> String {
    ["blacklist:", hash].concat()
}

/// The key of the revocation of all tokens of a kind, with its time.
fn key(provider: &str, kind: &str, value: &str) -> String {
    ["revoked:", provider, ":", kind, ":", value].concat()
}
