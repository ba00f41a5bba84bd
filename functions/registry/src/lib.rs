//! The registry: the applications, their addresses, their state, and the organizations that they are enabled
//! for.

pub mod api;
pub mod catalogue;
pub mod entity_tag;
#[cfg(target_family = "wasm")]
mod handler;
pub mod lease;
pub mod metadata;
pub mod organizations;
pub mod outcome;
pub mod registering;
pub mod shown;
#[cfg(target_family = "wasm")]
mod store;
