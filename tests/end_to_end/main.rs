//! End to end: from HTTP through a component to PostgreSQL and Redis. There is a folder for each subject; the harness
//! is in `tests/src`.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "no component: it reads the clock itself"
)]

mod access;
mod audit;
mod backchannel;
mod cache;
mod callers;
mod http;
mod identity;
mod isolation;
mod issuers;
mod migrating;
mod organizations;
mod reconciling;
mod registry;
mod resources;
mod revocations;
mod roles;
mod seeding;
mod ssf;
mod stores;
mod users;
