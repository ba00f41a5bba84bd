//! The headers of requests that several functions read, as the contract describes them.

use utoipa::IntoParams;
use vocabulary::contract::Slug;

/// The organization that a request is about, if it is not the caller's own.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct OrganizationHeader {
    /// The slug of the organization to act for. For another organization than the caller's own, the caller needs the
    /// right `act_for` on `organization:<slug>`, in platform. If the token names several organizations, this header
    /// chooses the caller's own among them.
    #[param(rename = "Shell-Organization", required = false, inline)]
    organization: Slug,
}

/// The preconditions of a change.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct PreconditionHeaders {
    /// The `ETag` of the resource to change; of an app's `ETag`, only the version is compared. It is ignored if the
    /// resource already is as requested, so that a change can be retried as it was sent.
    #[param(rename = "If-Match", required = false)]
    if_match: String,
    /// `*` if the resource must not exist yet, or the `ETag`s that must not be replaced. An existing resource is
    /// refused even if it is as requested: a client that retries a change learns from the 412 that it was carried
    /// out.
    #[param(rename = "If-None-Match", required = false)]
    if_none_match: String,
}
