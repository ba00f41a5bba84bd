//! Asks the stores and answers.

use futures::future::join;
use http::{Method, StatusCode};
use service::{
    cache,
    problem::Problem,
    request::Request,
    response::{Response, to_json},
    routes::Routes,
    sql,
};

use crate::api::Health;

service::http_component!(routes);

fn routes() -> Routes {
    Routes::new()
        .on(Method::GET, "/health/live", live)
        .on(Method::GET, "/health/ready", ready)
}

async fn live(_: Request) -> Result<Response, Problem> {
    healthy("live")
}

fn healthy(status: &'static str) -> Result<Response, Problem> {
    Ok(Response::json(StatusCode::OK, to_json(&Health { status })?))
}

async fn ready(_: Request) -> Result<Response, Problem> {
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
        healthy("ready")
    } else {
        Err(Problem::unavailable(down)
            .with_cause(cause.unwrap_or_else(|| "Redis is away".to_owned())))
    }
}
