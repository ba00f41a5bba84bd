//! From a token to the caller and its organization.

#[cfg(target_family = "wasm")]
mod admitting;
mod audience;
pub mod bearer;
#[cfg(test)]
mod captured;
#[cfg(target_family = "wasm")]
mod checked;
mod claims;
#[cfg(test)]
mod crafting;
mod delivery;
#[cfg(target_family = "wasm")]
pub mod entrance;
#[cfg(test)]
mod forged;
mod form;
#[cfg(test)]
mod fuzzing;
mod hearsay;
pub mod issuer;
#[cfg(target_family = "wasm")]
mod kept;
pub mod keys;
pub mod logout;
#[cfg(target_family = "wasm")]
mod longest_token;
#[cfg(target_family = "wasm")]
mod naming;
#[cfg(target_family = "wasm")]
pub mod presented;
#[cfg(target_family = "wasm")]
mod proof;
mod provider;
#[cfg(target_family = "wasm")]
mod providers;
pub mod published_keys;
pub mod receipt;
pub mod security_event;
#[cfg(target_family = "wasm")]
pub mod senders;
#[cfg(target_family = "wasm")]
pub mod transmitters;
pub mod unverified;
#[cfg(target_family = "wasm")]
mod verifying;
#[cfg(target_family = "wasm")]
mod way;

pub use bearer::LONGEST_TOKEN;
#[cfg(target_family = "wasm")]
pub use longest_token::longest_token;
pub use provider::{Provider, Refusal, Unproven, Unusable, Verified};

/// Why a token is not accepted, in a text that its holder may read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct Unaccepted(pub &'static str);
