//! From a token to the caller: who asks, and for which organization.

mod claims;
#[cfg(target_family = "wasm")]
pub mod entrance;
mod hearsay;
mod issuer;
mod keys;
mod provider;
#[cfg(target_family = "wasm")]
mod providers;
mod published_keys;
pub mod receipt;
pub mod unverified;
#[cfg(target_family = "wasm")]
mod verifying;

pub use provider::{LONGEST_TOKEN, Provider, Unusable, Verified};

/// Why a token is not accepted, in words that its holder may read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct Unaccepted(pub &'static str);
