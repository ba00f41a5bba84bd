//! The identity cache: the identity providers' users, kept up to date by events.

pub mod api;
pub mod facts;
#[cfg(target_family = "wasm")]
mod handler;
pub mod keycloak;
pub mod listing;
pub mod signature;
#[cfg(target_family = "wasm")]
mod store;
pub mod users;
