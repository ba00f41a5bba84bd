//! The data of decisions: policies and stored resources, from Redis for 5 minutes, else from PostgreSQL.
//!
//! By the caller's way to the tenant stands one value: that PostgreSQL granted the way, and what counts for
//! every policy of that tenant. The policies and resources themselves stand under the tenant's name, whoever
//! asks for them, and count only beside it. `docs/redis.md` lists the keys.

#[cfg(target_family = "wasm")]
pub mod changes;
mod granted;
mod kept;
pub mod keys;
#[cfg(target_family = "wasm")]
mod resources;
#[cfg(target_family = "wasm")]
mod subjects;

pub use granted::Granted;
pub use kept::KeptPolicy;
#[cfg(target_family = "wasm")]
pub use resources::find_resources;
#[cfg(target_family = "wasm")]
pub use subjects::{Subjects, find_subjects, keys_of_subjects};
