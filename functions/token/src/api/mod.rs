//! The contract: types and operations, one file a resource.

pub mod backchannel_logout;
pub mod ssf;

use utoipa::OpenApi;

/// The operations, for openapi.yaml.
#[derive(OpenApi)]
#[openapi(paths(
    backchannel_logout::receive_logout,
    backchannel_logout::receive_logout_of_provider,
    ssf::receive_security_event,
    ssf::receive_security_event_of_transmitter
))]
pub struct Api;
