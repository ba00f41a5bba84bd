//! A component that misbehaves, for the tests of what stands around one.
#![cfg(target_family = "wasm")]
#![allow(clippy::panic, reason = "that is what it is for")]

use axum::routing::get;
use service::{
    cache,
    routes::Routes,
    serve,
    sql::{self, ParameterValue},
    variables,
};
use spin_sdk::{
    http::{IntoResponse, Request},
    http_service,
};

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    serve::serve(routes, request).await
}

fn routes() -> Routes {
    Routes::new()
        .at("/well", get(async || "well"))
        .at("/sleep", get(sleep))
        .at("/trap", get(trap))
        .at("/write-then-trap", get(write_then_trap))
        .at("/trap-while-writing", get(trap_while_writing))
        .at("/undeclared-variable", get(undeclared_variable))
        .at("/undeclared-host", get(undeclared_host))
}

/// Holds a request open in the database for a second.
async fn sleep() -> &'static str {
    match sql::one_row("SELECT pg_sleep(1)::text", vec![]).await {
        Ok(_) => "slept",
        Err(_) => "failed",
    }
}

async fn trap() {
    panic!("as told");
}

const WRITE: &str = "SELECT shell_test.write($1)";

async fn write_then_trap() {
    let _ = sql::one_row(WRITE, vec![ParameterValue::Str("then".to_owned())]).await;
    panic!("as told, after writing");
}

/// The write takes a while in the database; the trap comes before its end.
async fn trap_while_writing() {
    let write = sql::one_row(WRITE, vec![ParameterValue::Str("while".to_owned())]);
    let trap = async {
        spin_sdk::wasip3::clocks::monotonic_clock::wait_for(100_000_000).await;
        panic!("as told, while writing");
    };
    let write = std::pin::pin!(write);
    let trap = std::pin::pin!(trap);
    let _ = futures::future::select(write, trap).await;
}

async fn undeclared_variable() -> &'static str {
    match variables::get("oidc_issuer").await {
        Ok(_) => "had",
        Err(_) => "refused",
    }
}

async fn undeclared_host() -> &'static str {
    match cache::get("x").await {
        Ok(_) => "reached",
        Err(_) => "refused",
    }
}
