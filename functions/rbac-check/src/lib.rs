//! Access decisions for other applications: may this subject do this to that resource? They follow OpenID's AuthZEN
//! Authorization API 1.0. Also the data of decisions: roles and their members.

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
