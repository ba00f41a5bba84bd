//! The contract of `/v1/apps`.

use serde::{Deserialize, Serialize};
use service::{page::Page, problem::Problem};
use utoipa::{IntoParams, OpenApi, ToSchema};
use vocabulary::AppStatus;

/// An application of the platform.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct App {
    /// Names the app in paths.
    #[schema(example = "drive")]
    pub slug: String,
    /// The name people read.
    pub name: String,
    /// What the app is for; may be empty.
    pub description: String,
    /// What it is listed under; may be empty.
    pub category: String,
    /// Where programs find it.
    #[schema(format = "uri")]
    pub api_url: String,
    /// Where people find it.
    #[schema(format = "uri")]
    pub ui_url: String,
    /// What the platform's administrators say of it.
    pub status: AppStatus,
    /// What its lease says of it.
    pub health: Health,
    /// When the lease ends, RFC 3339; null where there is none.
    #[schema(format = "date-time", required = true)]
    pub lease_expires_at: Option<String>,
    /// Whatever else its owners want found.
    pub metadata: serde_json::Map<String, serde_json::Value>,
    /// When it was last changed, RFC 3339 with six fraction digits.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    pub updated_at: String,
}

/// What an app's lease says: `unknown` where there is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// The lease does not say, or there is none.
    Unknown,
}

/// Which apps to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only apps of this status.
    pub status: Option<AppStatus>,
    /// Only apps of this category.
    pub category: Option<String>,
    /// How many at most: 1 to 1,000, by default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// The operations, for openapi.yaml.
#[derive(OpenApi)]
#[openapi(paths(list_apps, get_app))]
pub struct Api;

/// The apps that are enabled for the organization, by slug
#[utoipa::path(get, path = "/v1/apps", tag = "registry",
    params(ListQuery, OrganizationHeader),
    responses(
        (status = 200, description = "A page of apps; `Cache-Status` says where they come from",
            body = Page<App>, headers(("ETag" = String), ("Cache-Status" = String))),
        (status = 304, description = "`If-None-Match` names what the caller has"),
        (status = 400, description = "The query cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "No organization, or not the caller's", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Neither store answers", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn list_apps() {}

/// One app, where it is enabled for the organization
#[utoipa::path(get, path = "/v1/apps/{slug}", tag = "registry",
    params(("slug" = String, Path, description = "The app"), OrganizationHeader),
    responses(
        (status = 200, description = "The app", body = App,
            headers(("ETag" = String), ("Cache-Status" = String))),
        (status = 304, description = "`If-None-Match` names what the caller has"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "No organization, or not the caller's", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such app, or not enabled", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Neither store answers", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn get_app() {}

/// Whose data is asked for, where it is not the caller's own organization.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct OrganizationHeader {
    /// Slug of the organization to act for; only callers of `platform` may name another than their own.
    #[param(rename = "Shell-Organization", required = false)]
    organization: Option<String>,
}
