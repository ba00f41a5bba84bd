//! The status of an organization: whether it may use the platform.

use serde::{Deserialize, Serialize};
use strum::EnumString;
use utoipa::ToSchema;

use crate::Invalid;

/// An organization's status, as set by the platform's administrators.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, EnumString, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", parse_err_ty = Invalid, parse_err_fn = expected)]
pub enum OrganizationStatus {
    /// Served.
    Active,
    /// Its data stay, its tokens are refused. Those that were issued before are so when it is active again, too.
    Suspended,
}

fn expected(_: &str) -> Invalid {
    Invalid("active or suspended")
}
