//! The audit trail: events that are appended and never changed.

pub mod api;
pub mod appending;
pub mod batch;
pub mod cursor;
pub mod digest;
pub mod event;
#[cfg(target_family = "wasm")]
mod handler;
pub mod idempotency;
pub mod json;
pub mod metadata;
pub mod own_id;
pub mod plain;
pub mod selection;
#[cfg(target_family = "wasm")]
mod store;
pub mod words;
