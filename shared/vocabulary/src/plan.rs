//! The plan of an organization.

use serde::{Deserialize, Serialize};
use strum::EnumString;
use utoipa::ToSchema;

use crate::Invalid;

/// An organization's plan.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, EnumString, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", parse_err_ty = Invalid, parse_err_fn = expected)]
pub enum Plan {
    /// Costs nothing.
    Free,
    /// The usual one.
    Pro,
    /// Negotiated.
    Enterprise,
}

fn expected(_: &str) -> Invalid {
    Invalid("free, pro or enterprise")
}
