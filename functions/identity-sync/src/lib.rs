//! The identity cache: users as their identity providers have them, kept current by events.

pub mod api;
pub mod facts;
#[cfg(target_family = "wasm")]
mod handler;
pub mod keycloak;
pub mod listing;
pub mod signature;
#[cfg(target_family = "wasm")]
mod store;
