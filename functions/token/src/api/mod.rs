//! The contract: types and operations, one file a resource.

use utoipa::OpenApi;

/// The operations, for openapi.yaml.
#[derive(OpenApi)]
#[openapi(paths())]
pub struct Api;
