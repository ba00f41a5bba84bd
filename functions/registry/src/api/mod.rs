//! The contract: types and operations, one file for each resource.

pub mod apps;
pub mod leases;
pub mod organizations;

use utoipa::OpenApi;

/// The operations, for openapi.yaml.
#[derive(OpenApi)]
#[openapi(paths(
    apps::list_apps,
    apps::get_app,
    apps::put_app,
    apps::delete_app,
    apps::enable_app,
    apps::disable_app,
    leases::heartbeat,
    organizations::list_organizations,
    organizations::get_organization,
    organizations::put_organization
))]
pub struct Api;
