//! The contract of `/v1/apps/{slug}/heartbeat`.

use serde::Serialize;
use service::{http::contract::OrganizationHeader, problem::Problem};
use utoipa::ToSchema;
use vocabulary::contract::Slug;

use super::apps::{App, Health};

/// What an app says of itself, and for how long.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, ToSchema)]
pub struct Heartbeat {
    /// `health` counts for so many seconds.
    #[schema(minimum = 5, maximum = 3600)]
    pub ttl_seconds: i32,
    /// Never `unknown`, which is what an app is of which nothing is heard.
    #[schema(value_type = ReportedHealth)]
    pub health: Health,
}

/// What an app may say of itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code, reason = "read by the generator alone")]
pub enum ReportedHealth {
    /// The app works.
    Healthy,
    /// The app does not work.
    Unhealthy,
}

/// Renews an app's lease; its version stays
///
/// What an app says of itself now counts whatever it said before: `If-Match` and `If-None-Match` are not
/// looked at.
#[utoipa::path(post, path = "/v1/apps/{slug}/heartbeat", tag = "registry",
    params(("slug" = inline(Slug), Path, description = "The app"), OrganizationHeader),
    request_body = Heartbeat,
    responses(
        (status = 200, description = "The app as it stands now", body = App, headers(("ETag" = String))),
        (status = 400, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Without the right: `heartbeat` on `app:<slug>`, in platform", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such app", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields do not fit: all of them in `errors`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach; repeating is safe", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn heartbeat() {}
