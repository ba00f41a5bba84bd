//! The contract: types and operations, one file a resource.

pub mod evaluations;

use utoipa::OpenApi;

/// The operations, for openapi.yaml.
#[derive(OpenApi)]
#[openapi(paths(evaluations::evaluate, evaluations::evaluate_several))]
pub struct Api;
