//! What came of a change, and which version it made.

use http::StatusCode;
use serde::{Deserialize, Serialize};

/// A change that stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Done {
    /// Something is there that was not.
    Created,
    /// What was there is as it was asked to be.
    Stands,
}

impl Done {
    /// The status of an answer that shows what stands.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Created => StatusCode::CREATED,
            Self::Stands => StatusCode::OK,
        }
    }
}

/// What changes, with the version that `If-Match` compares.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Versioned<T> {
    /// Never the same for two values of one name.
    pub version: i64,
    /// What readers are shown.
    pub value: T,
}

impl<T> Versioned<T> {
    /// The entity tag (RFC 9110, section 8.8.3) of what is shown as it is kept.
    pub fn entity_tag(&self) -> String {
        format!("\"{}\"", self.version)
    }
}
