//! The keys that an issuer publishes: where they are, how they are fetched, and when again.
//!
//! What is fetched is kept in PostgreSQL with the provider, beside it in Redis and in each instance. A set is
//! fetched anew when it is five minutes old, by one instance for all and after an answer, or before it judges where
//! it is ten minutes old; and at once where a token names a key that the set does not have, at most every 20 s.

pub mod address;
#[cfg(target_family = "wasm")]
pub(super) mod copies;
pub mod description;
pub mod discovery;
pub mod failure;
#[cfg(target_family = "wasm")]
mod fetch;
pub mod judging;
pub mod kept;
#[cfg(target_family = "wasm")]
pub(super) mod mark;
#[cfg(target_family = "wasm")]
mod published;
#[cfg(target_family = "wasm")]
pub(super) mod refresh;
#[cfg(target_family = "wasm")]
mod report;
#[cfg(target_family = "wasm")]
pub(super) mod seen;
pub mod sender;
#[cfg(target_family = "wasm")]
pub(super) mod store;
pub mod transmitter;
