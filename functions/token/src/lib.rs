//! Tokens: revoking and introspecting them, and the identity providers' events about ended sessions.

pub mod api;
pub mod delivery;
pub mod form;
#[cfg(target_family = "wasm")]
mod handler;
pub mod introspecting;
pub mod kind;
pub mod logout;
pub mod revocations;
pub mod ssf;
#[cfg(target_family = "wasm")]
mod store;
pub mod told;
