//! The contract of `/v1/apps`, and of where each app is enabled.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use service::{
    http::{
        contract::{OrganizationHeader, PreconditionHeaders},
        page::Page,
    },
    problem::Problem,
};
use utoipa::{IntoParams, ToSchema};
use vocabulary::{
    AppStatus,
    contract::{Category, Description, Name, Slug, SlugOrId, WebUrl},
};

/// An application of the platform.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct App {
    /// Names the app in paths.
    #[schema(value_type = Slug, example = "drive")]
    pub slug: String,
    /// The name people read.
    #[schema(value_type = Name)]
    pub name: String,
    /// What the app is for; may be empty.
    #[schema(value_type = Description)]
    pub description: String,
    /// What it is listed under; may be empty.
    #[schema(value_type = Category)]
    pub category: String,
    /// Where programs find it.
    #[schema(value_type = WebUrl)]
    pub api_url: String,
    /// Where people find it.
    #[schema(value_type = WebUrl)]
    pub ui_url: String,
    /// What the platform's administrators say of it.
    pub status: AppStatus,
    /// What its lease says of it.
    pub health: Health,
    /// When the lease ends, RFC 3339; null where there is none.
    #[schema(format = "date-time", required = true)]
    pub lease_expires_at: Option<String>,
    /// Whatever else its owners want found.
    #[schema(value_type = Object)]
    pub metadata: Box<RawValue>,
    /// When it was last changed, RFC 3339 with six fraction digits.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    pub updated_at: String,
}

/// What an app's lease says.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AppHealth)]
pub enum Health {
    /// There is no lease, or it has ended.
    Unknown,
    /// The app works.
    Healthy,
    /// The app does not work.
    Unhealthy,
}

/// What an app is to be. The path names it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AppContent {
    /// The name people read.
    #[schema(value_type = Name)]
    pub name: String,
    /// What the app is for; absent: empty.
    #[schema(required = false, value_type = Option<Description>)]
    pub description: String,
    /// What it is listed under; absent: empty.
    #[schema(required = false, value_type = Option<Category>)]
    pub category: String,
    /// Where programs find it.
    #[schema(value_type = WebUrl)]
    pub api_url: String,
    /// Where people find it.
    #[schema(value_type = WebUrl)]
    pub ui_url: String,
    /// Whether it may be used.
    pub status: AppStatus,
    /// Whatever else its owners want found, at most 16 KiB and 100 levels of objects and arrays, without
    /// NUL characters; absent: empty. Numbers come back with every digit, written without an exponent; one
    /// that has more than 1,000 digits then is refused.
    #[schema(required = false, value_type = Option<Object>)]
    pub metadata: Box<RawValue>,
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

/// The apps that are enabled for the organization, by slug; every app for platform, acting for nobody
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
    params(("slug" = inline(Slug), Path, description = "The app"), OrganizationHeader),
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

/// Registers an app, or replaces all that is said of it
#[utoipa::path(put, path = "/v1/apps/{slug}", tag = "registry",
    params(("slug" = inline(Slug), Path, description = "The app"), OrganizationHeader, PreconditionHeaders),
    request_body = AppContent,
    responses(
        (status = 200, description = "The app as it stands now", body = App, headers(("ETag" = String))),
        (status = 201, description = "The new app", body = App, headers(("ETag" = String))),
        (status = 400, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `write` on `app:<slug>`, in platform", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "What stands is not what `If-Match` and `If-None-Match` ask for", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields do not fit: all of them in `errors`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach; repeating is safe", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn put_app() {}

/// Retires an app: it is enabled nowhere any more, and registering it again makes a new one
#[utoipa::path(delete, path = "/v1/apps/{slug}", tag = "registry",
    params(("slug" = String, Path, description = "The app"), OrganizationHeader, PreconditionHeaders),
    responses(
        (status = 204, description = "There is no such app any more"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `write` on `app:<slug>`, in platform", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "What stands is not what `If-Match` and `If-None-Match` ask for", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach; repeating is safe", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn delete_app() {}

/// Enables an app for an organization
///
/// An enablement has no version: `If-Match` and `If-None-Match` are not looked at. Repeating is safe.
#[utoipa::path(put, path = "/v1/apps/{slug}/organizations/{organization}", tag = "registry",
    params(("slug" = inline(Slug), Path, description = "The app"), ("organization" = inline(SlugOrId), Path, description = "Its slug or id"), OrganizationHeader),
    responses(
        (status = 200, description = "The app, which was enabled already", body = App, headers(("ETag" = String))),
        (status = 201, description = "The app, which is enabled from now on", body = App, headers(("ETag" = String))),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `write` on `app:<slug>`, in platform", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such app, or no such organization", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach; repeating is safe", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn enable_app() {}

/// Disables an app for an organization
///
/// As for enabling, `If-Match` and `If-None-Match` are not looked at. Repeating is safe.
#[utoipa::path(delete, path = "/v1/apps/{slug}/organizations/{organization}", tag = "registry",
    params(("slug" = String, Path, description = "The app"), ("organization" = String, Path, description = "Its slug or id"), OrganizationHeader),
    responses(
        (status = 204, description = "The app is not enabled for the organization any more"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `write` on `app:<slug>`, in platform", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach; repeating is safe", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn disable_app() {}
