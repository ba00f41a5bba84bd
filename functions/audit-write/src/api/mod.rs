//! The contract: types and operations, one file a direction.

pub mod appending;
pub mod events;
pub mod reading;

use utoipa::{IntoParams, OpenApi};
use vocabulary::contract::Slug;

/// The operations, for openapi.yaml.
#[derive(OpenApi)]
#[openapi(paths(
    appending::append_audit_events,
    reading::find_audit_events,
    reading::get_audit_event
))]
pub struct Api;

/// Whose trail is meant, where it is not that of the caller's own organization.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct OrganizationHeader {
    /// Slug of the organization to act for; only callers of `platform` may name another than their own.
    #[param(rename = "Shell-Organization", required = false, inline)]
    organization: Slug,
}
