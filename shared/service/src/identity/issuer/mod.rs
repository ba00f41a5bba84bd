//! The keys that an issuer publishes: their address, and how and when they are fetched.
//!
//! Fetched keys are stored in PostgreSQL with the provider, and cached in Redis and in each instance. A set is fetched
//! again when it is five minutes old, by one instance for all of them and after an answer; when it is ten minutes old,
//! before it is used; and at once if a token names a key that the set does not have, at most every 20 s.

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
