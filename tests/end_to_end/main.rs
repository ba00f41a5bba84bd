//! End to end: HTTP to component to PostgreSQL and Redis. One file a subject; the harness is in
//! `tests/src`.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod acting;
mod contract;
mod discovery;
mod health;
mod instances;
mod isolation;
mod migrating;
mod problems;
mod request_log;
mod seeding;
mod stores;
mod tokens;
