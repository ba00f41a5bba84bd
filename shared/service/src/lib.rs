//! What every HTTP function shares.
//!
//! Modules that call the host exist only in a component; the others are plain code and are tested
//! natively.

pub mod conditional;
pub mod fields;
pub mod identity;
pub mod json;
pub mod mark;
pub mod page;
pub mod precondition;
pub mod problem;
pub mod query;
pub mod receipt;
pub mod request_log;
pub mod response;
pub mod seal;
pub mod tenant;

#[cfg(target_family = "wasm")]
mod alarm;
#[cfg(target_family = "wasm")]
pub mod body;
#[cfg(target_family = "wasm")]
pub mod cache;
#[cfg(target_family = "wasm")]
pub mod changes;
#[cfg(target_family = "wasm")]
pub mod deadline;
#[cfg(target_family = "wasm")]
pub mod entrance;
#[cfg(target_family = "wasm")]
pub mod entry;
#[cfg(target_family = "wasm")]
pub mod kept;
#[cfg(target_family = "wasm")]
pub mod lease;
#[cfg(target_family = "wasm")]
pub mod log;
#[cfg(target_family = "wasm")]
pub mod request;
#[cfg(target_family = "wasm")]
pub mod routes;
#[cfg(target_family = "wasm")]
pub mod serve;
#[cfg(target_family = "wasm")]
pub mod sql;
#[cfg(target_family = "wasm")]
pub mod variables;

/// Of every function.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
