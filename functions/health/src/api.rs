//! The contract of `/health/…`.

use serde::Serialize;
use service::problem::Problem;
use utoipa::{OpenApi, ToSchema};

/// The state of a healthy Shell.
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

/// Reports whether the process answers
///
/// It uses no store: a store that fails must not make an orchestrator restart the Shell.
#[utoipa::path(get, path = "/health/live", tag = "health", security(()),
    responses((status = 200, description = "The process answers", body = Health)))]
pub fn live() {}

/// Reports whether requests can be served
///
/// It checks PostgreSQL (it can be reached, and is migrated) and Redis.
#[utoipa::path(get, path = "/health/ready", tag = "health", security(()),
    responses(
        (status = 200, description = "Both stores answer", body = Health),
        (status = 503, description = "`down` names the stores that do not answer", body = Problem,
            content_type = "application/problem+json"),
    ))]
pub fn ready() {}
