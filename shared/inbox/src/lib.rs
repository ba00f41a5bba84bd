//! The inbox of what identity providers tell, by whichever way: each event is kept once, and what it says is applied.

mod event;
#[cfg(target_family = "wasm")]
mod receiving;
mod revocation;

pub use event::{Event, EventStatus};
#[cfg(target_family = "wasm")]
pub use receiving::{log_warnings, receive};
pub use revocation::Revocation;
