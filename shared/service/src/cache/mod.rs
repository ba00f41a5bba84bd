//! What Redis keeps for readers, and how it is kept from lying.
//!
//! A value counts only with the epoch that it was sealed in and an intact seal. A change writes a tombstone
//! with its counter over what it made untrue; a fill is refused where something newer stands, so that a
//! slow reader never undoes a fast writer. `docs/redis.md` lists the keys.

#[cfg(target_family = "wasm")]
pub mod changes;
#[cfg(target_family = "wasm")]
pub mod epoch;
#[cfg(target_family = "wasm")]
pub mod fill;
#[cfg(target_family = "wasm")]
mod lookup;
pub mod mark;
#[cfg(target_family = "wasm")]
pub mod named;
#[cfg(target_family = "wasm")]
pub mod redis;
pub mod seal;

#[cfg(target_family = "wasm")]
pub use lookup::{InOrganization, Lookup, Watched, epoch, look_up, seal_key};
