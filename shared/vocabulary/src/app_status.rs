//! The status that administrators give an app, as opposed to the health in its lease.

use serde::{Deserialize, Serialize};
use strum::EnumString;
use utoipa::ToSchema;

use crate::Invalid;

/// Whether an app may be used, as set by the platform's administrators.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, EnumString, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", parse_err_ty = Invalid, parse_err_fn = expected)]
pub enum AppStatus {
    /// In use.
    Available,
    /// Not to be used.
    Unavailable,
    /// Being worked on, back soon.
    Maintenance,
}

fn expected(_: &str) -> Invalid {
    Invalid("available, unavailable or maintenance")
}
