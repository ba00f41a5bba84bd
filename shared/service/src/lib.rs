//! The code that all HTTP functions share, in order: problems and logs, timeouts, HTTP, the tenant, revocations,
//! PostgreSQL, Redis, and the caller. Each folder depends only on those before it; only
//! `cache::changes` also uses `identity::longest_token` and `identity::receipt`.
//!
//! Modules that call the host exist only in a component; the others are plain code and are tested natively.

#[cfg(target_family = "wasm")]
pub mod log;
pub mod problem;
#[cfg(target_family = "wasm")]
pub mod variables;

#[cfg(target_family = "wasm")]
pub mod deadline;

pub mod http;

pub mod tenant;

pub mod revocation;

#[cfg(target_family = "wasm")]
pub mod sql;

pub mod cache;

pub mod identity;

/// The allocator of every function.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
