//! The contract: types and operations, one file a resource.

pub mod backchannel_logout;

use utoipa::OpenApi;

/// The operations, for openapi.yaml.
#[derive(OpenApi)]
#[openapi(paths(
    backchannel_logout::receive_logout,
    backchannel_logout::receive_logout_of_provider
))]
pub struct Api;
