//! An event, and what became of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An event with its facts, as `shell.receive_event` takes it. Facts are JSON objects whose `kind` tells them apart.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Event<F> {
    /// By which the provider tells its events apart.
    pub id: String,
    /// What it is, in the provider's words.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it occurred, in milliseconds since the epoch.
    pub time: u64,
    /// What it says.
    pub facts: Vec<F>,
    /// Whether it says nothing that is kept here.
    #[serde(skip_serializing_if = "is_false")]
    pub ignored: bool,
    /// Why it cannot be applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<&'static str>,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EventStatus {
    /// What it says stands, unless something later says otherwise.
    Applied,
    /// It is applied when another event comes that it is about.
    Waiting,
    /// It says nothing that is kept here.
    Ignored,
    /// It is authentic, but cannot be applied.
    Failed,
}

impl EventStatus {
    /// As the contract and the database write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Waiting => "waiting",
            Self::Ignored => "ignored",
            Self::Failed => "failed",
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_false(value: &bool) -> bool {
    !value
}
