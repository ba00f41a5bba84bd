//! An event and its status.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use utoipa::ToSchema;

/// An event with its facts, in the form of `shell.receive_event`. Facts are JSON objects that differ by their `kind`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Event<F> {
    /// The provider's id of the event.
    pub id: String,
    /// The type of the event, in the provider's words.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it occurred, in milliseconds since the epoch.
    pub time: u64,
    /// Its facts.
    pub facts: Vec<F>,
    /// Whether it contains nothing that is stored here.
    #[serde(skip_serializing_if = "is_false")]
    pub ignored: bool,
    /// Why it cannot be applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<&'static str>,
}

/// The status of an event.
#[derive(Clone, Copy, Debug, Deserialize, Eq, IntoStaticStr, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum EventStatus {
    /// It is applied, unless a later event overrides it.
    Applied,
    /// It waits for another event, and is applied when that one arrives.
    Waiting,
    /// It has nothing that is stored here.
    Ignored,
    /// It is authentic, but cannot be applied.
    Failed,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_false(value: &bool) -> bool {
    !value
}
