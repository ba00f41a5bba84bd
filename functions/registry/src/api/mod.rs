//! The contract: types and operations, one file a resource.

pub mod apps;
pub mod leases;
pub mod organizations;

use utoipa::{IntoParams, OpenApi};

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

/// Whose data is asked for, where it is not the caller's own organization.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct OrganizationHeader {
    /// Slug of the organization to act for; only callers of `platform` may name another than their own.
    #[param(rename = "Shell-Organization", required = false)]
    organization: Option<String>,
}

/// What the change is to be made to.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct PreconditionHeaders {
    /// The `ETag` of what the change is made to; of an app's, the version alone is compared.
    #[param(rename = "If-Match", required = false)]
    if_match: Option<String>,
    /// `*` where there must be nothing yet.
    #[param(rename = "If-None-Match", required = false)]
    if_none_match: Option<String>,
}
