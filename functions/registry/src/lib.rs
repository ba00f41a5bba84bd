//! The registry: which applications exist, where, in what state, and for which organizations.

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
