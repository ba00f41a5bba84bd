//! The contract of `/health/…`.

use serde::Serialize;
use service::problem::Problem;
use utoipa::{OpenApi, ToSchema};

/// What a healthy Shell says of itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShellHealth)]
pub struct Health {
    /// `live` or `ready`.
    #[schema(example = "ready")]
    pub status: &'static str,
}

/// The operations, for openapi.yaml.
#[derive(OpenApi)]
#[openapi(paths(live, ready))]
pub struct Api;

/// Whether the process answers
///
/// Touches no store: a failing one must not get the Shell restarted.
#[utoipa::path(get, path = "/health/live", tag = "health", security(()),
    responses((status = 200, description = "It answers", body = Health)))]
pub fn live() {}

/// Whether requests can be served
///
/// Asks PostgreSQL (reached, and migrated) and Redis.
#[utoipa::path(get, path = "/health/ready", tag = "health", security(()),
    responses(
        (status = 200, description = "Both stores answer", body = Health),
        (status = 503, description = "`down` names what does not answer", body = Problem,
            content_type = "application/problem+json"),
    ))]
pub fn ready() {}
