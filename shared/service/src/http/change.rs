//! What came of a change, and which version it made; what the database says of both.

use http::StatusCode;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    http::{
        conditional::{self, IfNoneMatch},
        response::{Response, to_json},
    },
    problem::Problem,
};

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
    fn entity_tag(&self) -> String {
        format!("\"{}\"", self.version)
    }
}

impl<T: Serialize> Versioned<T> {
    /// The answer that shows it, or 304 where the caller has it already.
    pub fn shown(&self, has: &IfNoneMatch) -> Result<Response, Problem> {
        let body = to_json(&self.value)?;
        Ok(conditional::json_tagged(has, self.entity_tag(), body))
    }

    /// The answer that shows what stands after a change.
    pub fn written(&self, done: Done) -> Result<Response, Problem> {
        let body = to_json(&self.value)?;
        Ok(conditional::written(done.status(), self.entity_tag(), body))
    }
}

/// Reads what a function gave as JSON.
pub fn parse<T: DeserializeOwned>(document: &str) -> Result<T, Problem> {
    serde_json::from_str(document).map_err(|fault| Problem::internal(format!("document: {fault}")))
}
