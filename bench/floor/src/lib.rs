//! The store calls of a function and nothing else: the cost of the host and the stores alone.
#![allow(
    clippy::disallowed_methods,
    reason = "it shares no code with what is measured against it"
)]

pub mod event;
#[cfg(target_family = "wasm")]
mod handler;
#[cfg(target_family = "wasm")]
mod store;
