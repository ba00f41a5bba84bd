//! Liveness and readiness of the Shell.

pub mod api;
#[cfg(target_family = "wasm")]
mod handler;
