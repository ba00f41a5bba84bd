//! Stored resources: what requests say of them, and what came of changes.

pub mod listing;
pub mod outcome;
pub mod reading;

/// The type and the id of a resource.
pub type Named = (String, String);
