//! The contract: types and operations, one file a resource.

pub mod evaluations;
pub mod resources;

use utoipa::OpenApi;

/// The operations, for openapi.yaml.
#[derive(OpenApi)]
#[openapi(paths(
    evaluations::evaluate,
    evaluations::evaluate_several,
    resources::list_resources,
    resources::put_resources,
    resources::get_resource,
    resources::put_resource,
    resources::delete_resource
))]
pub struct Api;
