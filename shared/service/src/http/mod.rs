//! Requests and answers: how they are read, checked, routed, built and logged.

pub mod answers;
#[cfg(target_family = "wasm")]
pub mod body;
pub mod change;
pub mod conditional;
pub mod contract;
pub mod fields;
#[cfg(target_family = "wasm")]
pub mod head;
pub mod page;
pub mod precondition;
pub mod query;
#[cfg(target_family = "wasm")]
pub mod request;
pub mod request_log;
pub mod response;
#[cfg(target_family = "wasm")]
pub mod routes;
pub mod sent;
#[cfg(target_family = "wasm")]
pub mod serve;

pub use vocabulary::json;
