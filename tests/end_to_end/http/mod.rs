//! What every function does in the same way with a request, on both hosts.

mod addressing;
mod bodies;
mod contract;
mod deadlines;
mod fetching;
mod headers;
mod health;
mod instances;
mod problems;
mod request_log;
mod schemathesis;
