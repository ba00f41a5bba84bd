//! Access decisions for others: may this subject do this to that resource? Asked and answered as OpenID's
//! AuthZEN Authorization API 1.0 has it.

pub mod answers;
pub mod api;
pub mod entities;
pub mod evaluation;
mod fields;
#[cfg(target_family = "wasm")]
mod handler;
pub mod request;
#[cfg(target_family = "wasm")]
mod store;
mod strict;
