//! The audit trail in PostgreSQL.

mod appending;
mod reading;

pub use appending::append;
pub use reading::{find, get};
