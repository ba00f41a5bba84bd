//! The inbox of the identity providers' events, however they are delivered: each event is stored once, and its
//! content is applied.

mod event;
#[cfg(target_family = "wasm")]
mod receiving;
mod revocation;

pub use event::{Event, EventStatus};
#[cfg(target_family = "wasm")]
pub use receiving::{log_warnings, receive};
pub use revocation::Revocation;
