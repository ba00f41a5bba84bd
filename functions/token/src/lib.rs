//! Tokens: revoking and introspecting them, and what identity providers tell of sessions that ended.

pub mod api;
#[cfg(target_family = "wasm")]
mod handler;
pub mod logout;
