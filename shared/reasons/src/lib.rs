//! Why PostgreSQL or Redis is unavailable, with a fixed phrase for each reason.
//!
//! The error of a host or a driver about a failed connection can contain the address, and with it the password.
//! Therefore only the reason is read from it, and the error is never passed on. Functions, jobs and `cargo xtask` all
//! use the same phrases.

mod postgres;
mod redis;

pub use postgres::Postgres;
pub use redis::Redis;
