//! The status of an organization: whether it may use the platform.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Invalid;

/// An organization's status, as set by the platform's administrators.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OrganizationStatus {
    /// Served.
    Active,
    /// Its data stay, its tokens are refused. Those that were issued before are so when it is active again, too.
    Suspended,
}

impl FromStr for OrganizationStatus {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "active" => Ok(Self::Active),
            "suspended" => Ok(Self::Suspended),
            _ => Err(Invalid("active or suspended")),
        }
    }
}
