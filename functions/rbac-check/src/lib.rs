//! Access decisions for others: may this subject do this to that resource? Asked and answered as OpenID's
//! AuthZEN Authorization API 1.0 has it. And what they go by: roles, and who holds them.

pub mod api;
pub mod evaluating;
pub mod explaining;
#[cfg(target_family = "wasm")]
mod handler;
pub mod metadata;
pub mod resources;
pub mod roles;
pub mod searching;
#[cfg(target_family = "wasm")]
mod store;
