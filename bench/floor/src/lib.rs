//! The store calls of a function and nothing else: what the host and the stores cost by themselves.

pub mod event;
#[cfg(target_family = "wasm")]
mod handler;
#[cfg(target_family = "wasm")]
mod store;
