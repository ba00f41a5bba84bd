//! The contract: types and operations, one file for each resource.

pub mod backchannel_logout;
pub mod revocations;
pub mod ssf;
pub mod tokens;

use utoipa::OpenApi;

/// The operations, for openapi.yaml.
#[derive(OpenApi)]
#[openapi(paths(
    backchannel_logout::receive_logout,
    backchannel_logout::receive_logout_of_provider,
    ssf::receive_security_event,
    ssf::receive_security_event_of_transmitter,
    tokens::revoke_token,
    tokens::introspect_token,
    revocations::list_revocations,
    revocations::add_revocation
))]
pub struct Api;
