//! Revocations: what a token can be revoked by, where Redis has it, and what that says of the token.
//!
//! What stands in Redis can refuse and nothing else. That nothing stands there says something only beside what was
//! made of PostgreSQL's answer in the same epoch, a receipt. `migrations/functions/revocations.sql` is the truth.

mod hashes;
mod judging;
mod marks;
mod telling;

pub use hashes::{Hashes, sha256};
pub use judging::{Standing, judge};
pub use marks::{Marks, Question, organization_key};
pub use telling::{ADD, Revoked};

/// Where it stands that a token is revoked, by the SHA-256 of what is signed of it.
fn token_key(hash: &str) -> String {
    ["blacklist:", hash].concat()
}

/// Where it stands until when tokens of a kind are revoked.
fn key(provider: &str, kind: &str, value: &str) -> String {
    ["revoked:", provider, ":", kind, ":", value].concat()
}
