//! The read-through cache in Redis and its consistency protocol.
//!
//! A value is valid only in the epoch that it was sealed in, and with an intact seal. A change overwrites what it
//! made stale with a tombstone that has the change's counter; a fill is refused if there is something newer, so
//! that a slow reader never undoes a fast writer. `docs/redis.md` lists the keys.

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
