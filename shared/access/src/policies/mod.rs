//! What Redis keeps for decisions: `docs/redis.md` lists the keys.
//!
//! By the caller's way to the tenant stands one value: that PostgreSQL granted the way, and what counts for
//! every policy of that tenant. The policies and resources themselves stand under the tenant's name, whoever
//! asks for them; they count only beside it.

#[cfg(target_family = "wasm")]
pub mod changes;
pub mod keys;
