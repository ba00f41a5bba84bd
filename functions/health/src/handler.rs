//! Checks the stores and answers.

use std::time::Duration;

use futures::future::join;
use http::{Method, StatusCode};
use service::{
    cache::redis,
    http::{
        request::Request,
        response::{Response, to_json},
        routes::Routes,
    },
    problem::Problem,
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
    // This also fails if the migrations have not run, or the role lacks the rights that they grant.
    let migrated = sql::one_row(
        "SELECT count(*)::text FROM shell.identity_providers",
        vec![],
    );
    // A write, since a replica, and a server without memory, still answer `PING`.
    let takes = redis::set("health:ready", b"", Duration::from_secs(1));
    let (postgresql, redis) = join(migrated, takes).await;

    let faults: Vec<_> = [
        (
            "postgresql",
            postgresql.err().map(|fault| fault.to_string()),
        ),
        ("redis", redis.err().map(|away| format!("Redis: {away}"))),
    ]
    .into_iter()
    .filter_map(|(store, cause)| Some((store, cause?)))
    .collect();
    if faults.is_empty() {
        return healthy("ready");
    }
    let (down, causes): (Vec<_>, Vec<_>) = faults.into_iter().unzip();
    Err(Problem::unavailable(down).with_cause(causes.join("; ")))
}
