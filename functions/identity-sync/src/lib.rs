//! The identity cache: users as their identity providers have them, kept current by events.

pub mod api;
#[cfg(target_family = "wasm")]
mod handler;
#[cfg(target_family = "wasm")]
mod store;
pub mod users;
