//! Tokens: revoking and introspecting them, and what identity providers tell of sessions that ended.

pub mod api;
pub mod form;
#[cfg(target_family = "wasm")]
mod handler;
pub mod introspecting;
pub mod kind;
pub mod revocations;
#[cfg(target_family = "wasm")]
mod store;
