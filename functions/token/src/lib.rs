//! Tokens: revoking and introspecting them, and what identity providers tell of sessions that ended.

pub mod api;
pub mod delivery;
#[cfg(target_family = "wasm")]
mod handler;
pub mod logout;
pub mod ssf;
