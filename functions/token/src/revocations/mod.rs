//! What administrators revoke, and what of it is in force.

pub mod listing;
pub mod outcome;
pub mod reading;
