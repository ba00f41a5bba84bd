//! The outcome of a change and the version that it made, as the database reports them.

use http::StatusCode;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    http::{
        conditional::{self, IfNoneMatch},
        response::{Response, to_json},
    },
    problem::Problem,
};

/// A change that was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Done {
    /// The resource is new.
    Created,
    /// An existing resource is now as requested.
    Stands,
}

impl Done {
    /// The status of an answer with the current content.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Created => StatusCode::CREATED,
            Self::Stands => StatusCode::OK,
        }
    }
}

/// A resource that can be changed, with the version that `If-Match` compares.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Versioned<T> {
    /// The version, never the same for two states of one resource.
    pub version: i64,
    /// The content that readers get.
    pub value: T,
}

impl<T> Versioned<T> {
    /// The entity tag (RFC 9110, section 8.8.3) of content that is shown as it is stored.
    fn entity_tag(&self) -> String {
        format!("\"{}\"", self.version)
    }
}

impl<T: Serialize> Versioned<T> {
    /// The answer with the content, or 304 if the caller has it already.
    pub fn shown(&self, has: &IfNoneMatch) -> Result<Response, Problem> {
        let body = to_json(&self.value)?;
        Ok(conditional::json_tagged(has, self.entity_tag(), body))
    }

    /// The answer with the content after a change.
    pub fn written(&self, done: Done) -> Result<Response, Problem> {
        let body = to_json(&self.value)?;
        Ok(conditional::written(done.status(), self.entity_tag(), body))
    }
}

/// Parses the JSON that a database function returned.
pub fn parse<T: DeserializeOwned>(document: &str) -> Result<T, Problem> {
    serde_json::from_str(document).map_err(|fault| Problem::internal(format!("document: {fault}")))
}
