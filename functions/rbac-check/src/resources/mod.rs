//! Stored resources: reading requests, and the outcome of changes.

pub mod listing;
pub mod outcome;
pub mod reading;

/// The type and the id of a resource.
pub type Named = (String, String);
