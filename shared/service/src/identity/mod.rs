//! From a token to the caller: who asks, and for which organization.

pub mod bearer;
mod claims;
#[cfg(target_family = "wasm")]
pub mod entrance;
mod form;
mod hearsay;
mod issuer;
mod keys;
#[cfg(target_family = "wasm")]
mod naming;
mod provider;
#[cfg(target_family = "wasm")]
mod providers;
mod published_keys;
pub mod receipt;
pub mod unverified;
#[cfg(target_family = "wasm")]
mod verifying;
#[cfg(target_family = "wasm")]
mod way;

pub use bearer::LONGEST_TOKEN;
pub use provider::{Provider, Unusable, Verified};

/// Why a token is not accepted, in words that its holder may read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct Unaccepted(pub &'static str);
