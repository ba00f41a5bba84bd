//! The contract of `/v1/apps/{slug}/heartbeat`.

use serde::Serialize;
use service::{
    http::{
        answers::{BodyRefused, InvalidFields, NotJson, StoreAway, Unauthenticated},
        contract::OrganizationHeader,
    },
    problem::Problem,
};
use utoipa::ToSchema;
use vocabulary::contract::Slug;

use super::apps::{App, Health};

/// The health that an app reports, and for how long it is valid.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, ToSchema)]
pub struct Heartbeat {
    /// The number of seconds for which `health` is valid.
    #[schema(minimum = 5, maximum = 3600)]
    pub ttl_seconds: i32,
    /// The health; never `unknown`, which is the health of an app without a lease.
    #[schema(value_type = ReportedHealth)]
    pub health: Health,
}

/// The health that an app may report.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code, reason = "read by the generator alone")]
pub enum ReportedHealth {
    /// The app works.
    Healthy,
    /// The app does not work.
    Unhealthy,
}

/// Renews an app's lease; its version does not change
///
/// The new report replaces every earlier one: `If-Match` and `If-None-Match` are ignored.
#[utoipa::path(post, path = "/v1/apps/{slug}/heartbeat", tag = "registry",
    params(("slug" = inline(Slug), Path, description = "The app"), OrganizationHeader),
    request_body = Heartbeat,
    responses(
        (status = 200, description = "The app as it is now", body = App, headers(("ETag" = String))),
        NotJson,
        Unauthenticated,
        (status = 403, description = "The right `heartbeat` on `app:<slug>` in platform is missing", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The app does not exist", body = Problem, content_type = "application/problem+json"),
        BodyRefused,
        InvalidFields,
        StoreAway,
    ))]
pub fn heartbeat() {}
