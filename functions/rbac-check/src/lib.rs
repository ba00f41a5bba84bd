//! Access decisions for others: may this subject do this to that resource? Asked and answered as OpenID's
//! AuthZEN Authorization API 1.0 has it.

pub mod api;
pub mod evaluating;
#[cfg(target_family = "wasm")]
mod handler;
