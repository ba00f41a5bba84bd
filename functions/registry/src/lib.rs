//! Discovery: which applications exist, where, and in what state.

pub mod api;
pub mod catalogue;
#[cfg(target_family = "wasm")]
mod handler;
#[cfg(target_family = "wasm")]
mod store;
