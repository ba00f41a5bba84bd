//! What changes, with the version that `If-Match` compares.

use serde::{Deserialize, Serialize};

/// A value and its version: the number of the change that made it what it is.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Versioned<T> {
    /// Never the same for two values of one name.
    pub version: i64,
    /// What readers are shown.
    pub value: T,
}
