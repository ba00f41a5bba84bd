//! The contract: types and operations, one file a resource.

pub mod apps;
pub mod leases;
pub mod organizations;

use utoipa::{IntoParams, OpenApi};
use vocabulary::contract::Slug;

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
    #[param(rename = "Shell-Organization", required = false, inline)]
    organization: Slug,
}

/// What the change is to be made to.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct PreconditionHeaders {
    /// The `ETag` of what the change is made to; of an app's, the version alone is compared. Not looked at
    /// where what stands is what is asked for, so that a change may be repeated as it was sent.
    #[param(rename = "If-Match", required = false)]
    if_match: String,
    /// `*` where there must be nothing yet, or the `ETag`s of what is not to be replaced. What stands is refused
    /// also where it is what is asked for: whoever repeats a change learns by 412 that it was carried out.
    #[param(rename = "If-None-Match", required = false)]
    if_none_match: String,
}
