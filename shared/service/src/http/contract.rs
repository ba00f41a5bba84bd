//! The headers of requests that several functions read, as the contract describes them.

use utoipa::IntoParams;
use vocabulary::contract::Slug;

/// Whose data a request is about, where it is not the caller's own organization.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct OrganizationHeader {
    /// Slug of the organization to act for. Another than the caller's own takes the right `act_for` on
    /// `organization:<slug>`, in platform. Where the token names several organizations, one of them that is named
    /// here is the caller's own.
    #[param(rename = "Shell-Organization", required = false, inline)]
    organization: Slug,
}

/// What a change is to be made to.
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
