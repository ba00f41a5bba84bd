//! The status that administrators give an app, as opposed to the health in its lease.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Invalid;

/// Whether an app may be used, as set by the platform's administrators.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AppStatus {
    /// In use.
    Available,
    /// Not to be used.
    Unavailable,
    /// Being worked on, back soon.
    Maintenance,
}

impl FromStr for AppStatus {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "available" => Ok(Self::Available),
            "unavailable" => Ok(Self::Unavailable),
            "maintenance" => Ok(Self::Maintenance),
            _ => Err(Invalid("available, unavailable or maintenance")),
        }
    }
}
