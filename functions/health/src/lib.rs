//! Whether the Shell is alive, and whether it can serve.

pub mod api;
#[cfg(target_family = "wasm")]
mod handler;
