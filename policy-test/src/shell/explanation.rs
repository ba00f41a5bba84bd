//! Why a decision came out as it did, for a case that fails.

use super::{Client, Failure};

/// What the Shell says of it.
#[derive(Debug)]
pub struct Explanation;

/// Asks for it.
pub fn explain(_: &Client, _: &str) -> Result<Explanation, Failure> {
    Err(Failure::new("", ""))
}
