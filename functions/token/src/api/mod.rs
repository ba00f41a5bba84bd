//! The contract: types and operations, one file a resource.

pub mod revocations;
pub mod tokens;

use utoipa::OpenApi;

/// The operations, for openapi.yaml.
#[derive(OpenApi)]
#[openapi(paths(
    tokens::revoke_token,
    tokens::introspect_token,
    revocations::list_revocations,
    revocations::add_revocation
))]
pub struct Api;
