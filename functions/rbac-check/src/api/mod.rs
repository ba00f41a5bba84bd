//! The contract: types and operations, one file for each resource.

pub mod evaluations;
pub mod explaining;
pub mod members;
pub mod metadata;
pub mod resources;
pub mod roles;
pub mod searches;

use utoipa::OpenApi;

/// The operations, for openapi.yaml.
#[derive(OpenApi)]
#[openapi(paths(
    evaluations::evaluate,
    evaluations::evaluate_several,
    explaining::explain,
    searches::search_subjects,
    searches::search_resources,
    searches::search_actions,
    metadata::get_metadata,
    metadata::get_metadata_at,
    roles::list_roles,
    roles::get_role,
    roles::put_role,
    roles::delete_role,
    members::list_role_members,
    members::put_role_member,
    members::delete_role_member,
    members::list_user_roles,
    resources::list_resources,
    resources::put_resources,
    resources::get_resource,
    resources::put_resource,
    resources::delete_resource
))]
pub struct Api;
