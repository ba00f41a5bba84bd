//! The contract: the types and operations, with one file for appending and one for reading.

pub mod appending;
pub mod events;
pub mod reading;

use utoipa::OpenApi;

/// The operations, for openapi.yaml.
#[derive(OpenApi)]
#[openapi(paths(
    appending::append_audit_events,
    reading::find_audit_events,
    reading::get_audit_event
))]
pub struct Api;
