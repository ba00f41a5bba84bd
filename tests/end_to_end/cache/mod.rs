//! What is read through Redis, and how it stays consistent with PostgreSQL.

mod epochs;
mod repeating;
mod replaying;
mod steady;
mod tampering;
mod turns;
mod untold;
