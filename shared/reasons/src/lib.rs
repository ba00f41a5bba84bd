//! Why PostgreSQL or Redis does not serve, in a fixed phrase for each reason.
//!
//! What a host or a driver says of a failed connection can hold the address, and with it the password.
//! So it is read for the reason, and never passed on. Functions, jobs and the front door all say the
//! same.

mod postgres;
mod redis;

pub use postgres::Postgres;
pub use redis::Redis;
