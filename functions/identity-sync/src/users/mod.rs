//! Users: validating requests, and answering with the outcome of a removal.

pub mod outcome;
pub mod selection;
