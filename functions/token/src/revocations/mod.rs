//! Revocations by administrators, and those in force.

pub mod listing;
pub mod outcome;
pub mod reading;
