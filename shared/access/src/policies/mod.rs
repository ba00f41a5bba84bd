//! The data of decisions: policies and stored resources, from Redis for 5 minutes, else from PostgreSQL.
//!
//! For each path of a caller to a tenant, one value states that PostgreSQL granted it, and contains what applies to
//! every policy of that tenant. The policies and resources themselves are cached under the tenant's name for all
//! callers, and are valid only together with such a value. `docs/redis.md` lists the keys.

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
