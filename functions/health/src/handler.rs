//! Asks the stores and answers.

use axum::{Json, routing::get};
use futures::future::join;
use service::{cache, problem::Problem, routes::Routes, serve, sql};
use spin_sdk::{
    http::{IntoResponse, Request},
    http_service,
};

use crate::api::Health;

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    serve::serve(routes, request).await
}

fn routes() -> Routes {
    Routes::new()
        .at("/health/live", get(live))
        .at("/health/ready", get(ready))
}

async fn live() -> Json<Health> {
    Json(Health { status: "live" })
}

async fn ready() -> Result<Json<Health>, Problem> {
    // Fails too where the migrations have not run, or the role was not granted what they grant.
    let migrated = sql::one_row(
        "SELECT count(*)::text FROM shell.identity_providers",
        vec![],
    );
    let answers = cache::command("PING", Vec::new);
    let (postgresql, redis) = join(migrated, answers).await;

    let cause = postgresql.as_ref().err().map(ToString::to_string);
    let down: Vec<_> = [
        postgresql.is_err().then_some("postgresql"),
        redis.is_err().then_some("redis"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if down.is_empty() {
        Ok(Json(Health { status: "ready" }))
    } else {
        Err(Problem::unavailable(down)
            .with_cause(cause.unwrap_or_else(|| "Redis is away".to_owned())))
    }
}
