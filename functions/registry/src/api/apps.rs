//! The contract of `/v1/apps`, and of enabling apps for organizations.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use service::{
    http::{
        answers::{
            BodyRefused, InvalidFields, InvalidQuery, NotJson, NotModified, PreconditionFailed,
            StoreAway, Unauthenticated,
        },
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
    /// The display name.
    #[schema(value_type = Name)]
    pub name: String,
    /// What the app is for; may be empty.
    #[schema(value_type = Description)]
    pub description: String,
    /// The category; may be empty.
    #[schema(value_type = Category)]
    pub category: String,
    /// The address for programs.
    #[schema(value_type = WebUrl)]
    pub api_url: String,
    /// The address for people.
    #[schema(value_type = WebUrl)]
    pub ui_url: String,
    /// The status, set by the platform's administrators.
    pub status: AppStatus,
    /// The health, according to the app's lease.
    pub health: Health,
    /// When the lease ends, RFC 3339; null if there is no lease.
    #[schema(format = "date-time", required = true)]
    pub lease_expires_at: Option<String>,
    /// Other data of its owners.
    #[schema(value_type = Object)]
    pub metadata: Box<RawValue>,
    /// When it was last changed, RFC 3339 with six fraction digits.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    pub updated_at: String,
}

/// The health of an app, according to its lease.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AppHealth)]
pub enum Health {
    /// There is no lease, or it has expired.
    Unknown,
    /// The app works.
    Healthy,
    /// The app does not work.
    Unhealthy,
}

/// The new state of an app. The path has its slug.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AppContent {
    /// The display name.
    #[schema(value_type = Name)]
    pub name: String,
    /// What the app is for; absent: empty.
    #[schema(required = false, value_type = Option<Description>)]
    pub description: String,
    /// The category; absent: empty.
    #[schema(required = false, value_type = Option<Category>)]
    pub category: String,
    /// The address for programs.
    #[schema(value_type = WebUrl)]
    pub api_url: String,
    /// The address for people.
    #[schema(value_type = WebUrl)]
    pub ui_url: String,
    /// Whether it may be used.
    pub status: AppStatus,
    /// Other data of its owners, at most 16 KiB and 100 levels of objects and arrays, without NUL characters; absent:
    /// empty. Numbers are returned with every digit, written without an exponent; a number that then has more than
    /// 1,000 digits is refused.
    #[schema(required = false, value_type = Option<Object>)]
    pub metadata: Box<RawValue>,
}

/// The filter and the page of a list of apps.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only apps with this status.
    pub status: Option<AppStatus>,
    /// Only apps in this category.
    pub category: Option<String>,
    /// The maximum number of items: 1 to 1,000, by default 100.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<u32>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// Lists the apps that are enabled for the organization, by slug; for platform, acting for no other organization, every
/// app
#[utoipa::path(get, path = "/v1/apps", tag = "registry",
    params(ListQuery, OrganizationHeader),
    responses(
        (status = 200, description = "A page of apps; `Cache-Status` says whether they come from the cache",
            body = Page<App>, headers(("ETag" = String), ("Cache-Status" = String))),
        NotModified,
        InvalidQuery,
        Unauthenticated,
        (status = 403, description = "There is no organization, or it is not the caller's", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Neither store can be reached", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn list_apps() {}

/// Returns an app, if it is enabled for the organization
#[utoipa::path(get, path = "/v1/apps/{slug}", tag = "registry",
    params(("slug" = inline(Slug), Path, description = "The app"), OrganizationHeader),
    responses(
        (status = 200, description = "The app", body = App,
            headers(("ETag" = String), ("Cache-Status" = String))),
        NotModified,
        Unauthenticated,
        (status = 403, description = "There is no organization, or it is not the caller's", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The app does not exist, or is not enabled", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Neither store can be reached", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn get_app() {}

/// Registers an app, or replaces it
#[utoipa::path(put, path = "/v1/apps/{slug}", tag = "registry",
    params(("slug" = inline(Slug), Path, description = "The app"), OrganizationHeader, PreconditionHeaders),
    request_body = AppContent,
    responses(
        (status = 200, description = "The app as it is now", body = App, headers(("ETag" = String))),
        (status = 201, description = "The new app", body = App, headers(("ETag" = String))),
        NotJson,
        Unauthenticated,
        (status = 403, description = "The right `write` on `app:<slug>` in platform is missing", body = Problem, content_type = "application/problem+json"),
        PreconditionFailed,
        BodyRefused,
        InvalidFields,
        StoreAway,
    ))]
pub fn put_app() {}

/// Retires an app: it is not enabled anywhere any more, and registering it again creates a new one
#[utoipa::path(delete, path = "/v1/apps/{slug}", tag = "registry",
    params(("slug" = String, Path, description = "The app"), OrganizationHeader, PreconditionHeaders),
    responses(
        (status = 204, description = "The app does not exist any more"),
        Unauthenticated,
        (status = 403, description = "The right `write` on `app:<slug>` in platform is missing", body = Problem, content_type = "application/problem+json"),
        PreconditionFailed,
        StoreAway,
    ))]
pub fn delete_app() {}

/// Enables an app for an organization
///
/// An enablement has no version: `If-Match` and `If-None-Match` are ignored. It is safe to repeat the request.
#[utoipa::path(put, path = "/v1/apps/{slug}/organizations/{organization}", tag = "registry",
    params(("slug" = inline(Slug), Path, description = "The app"), ("organization" = inline(SlugOrId), Path, description = "The slug or id"), OrganizationHeader),
    responses(
        (status = 200, description = "The app was enabled already", body = App, headers(("ETag" = String))),
        (status = 201, description = "The app is enabled from now on", body = App, headers(("ETag" = String))),
        Unauthenticated,
        (status = 403, description = "The right `write` on `app:<slug>` in platform is missing", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The app or the organization does not exist", body = Problem, content_type = "application/problem+json"),
        StoreAway,
    ))]
pub fn enable_app() {}

/// Disables an app for an organization
///
/// As for enabling, `If-Match` and `If-None-Match` are ignored. It is safe to repeat the request.
#[utoipa::path(delete, path = "/v1/apps/{slug}/organizations/{organization}", tag = "registry",
    params(("slug" = String, Path, description = "The app"), ("organization" = String, Path, description = "The slug or id"), OrganizationHeader),
    responses(
        (status = 204, description = "The app is not enabled for the organization any more"),
        Unauthenticated,
        (status = 403, description = "The right `write` on `app:<slug>` in platform is missing", body = Problem, content_type = "application/problem+json"),
        StoreAway,
    ))]
pub fn disable_app() {}
