//! A component that misbehaves, for tests of how the others are affected.
#![cfg(target_family = "wasm")]
#![allow(clippy::panic, reason = "that is what it is for")]

use http::{Method, StatusCode};
use service::{
    cache::redis,
    http::{
        request::Request,
        response::Response,
        routes::{Answer, Routes},
    },
    sql::{self, ParameterValue},
    variables,
};
use spin_sdk::{http::body::IncomingBodyExt as _, wasip3::http::types::ErrorCode};

service::http_component!(routes);

fn routes() -> Routes {
    const GET: Method = Method::GET;
    Routes::new()
        .on(GET, "/well", async |_| said("well"))
        .on(GET, "/sleep", sleep)
        .on(GET, "/trap", trap)
        .on(GET, "/write-then-trap", write_then_trap)
        .on(GET, "/trap-while-writing", trap_while_writing)
        .on(GET, "/undeclared-variable", undeclared_variable)
        .on(GET, "/undeclared-host", undeclared_host)
        .on(Method::POST, "/fetch", fetch)
}

fn said(word: &'static str) -> Answer {
    Ok(Response::new(StatusCode::OK, "text/plain", word))
}

/// Keeps a request busy in the database for a second.
async fn sleep(_: Request) -> Answer {
    match sql::one_row("SELECT pg_sleep(1)::text", vec![]).await {
        Ok(_) => said("slept"),
        Err(_) => said("failed"),
    }
}

async fn trap(_: Request) -> Answer {
    panic!("as told");
}

const WRITE: &str = "SELECT shell_test.write($1)";

async fn write_then_trap(_: Request) -> Answer {
    let _ = sql::one_row(WRITE, vec![ParameterValue::Str("then".to_owned())]).await;
    panic!("as told, after writing");
}

/// The write takes a while in the database; the trap comes before it ends.
async fn trap_while_writing(_: Request) -> Answer {
    let write = sql::one_row(WRITE, vec![ParameterValue::Str("while".to_owned())]);
    let trap = async {
        spin_sdk::wasip3::clocks::monotonic_clock::wait_for(100_000_000).await;
        panic!("as told, while writing");
    };
    let write = std::pin::pin!(write);
    let trap = std::pin::pin!(trap);
    let _ = futures::future::select(write, trap).await;
    said("written")
}

async fn undeclared_variable(_: Request) -> Answer {
    match variables::get("oidc_issuer").await {
        Ok(_) => said("had"),
        Err(_) => said("refused"),
    }
}

async fn undeclared_host(_: Request) -> Answer {
    match redis::get("x").await {
        Ok(_) => said("reached"),
        Err(_) => said("refused"),
    }
}

/// Returns the answer of the server at the address in the body.
async fn fetch(request: Request) -> Answer {
    let address = request.body.text().await?;
    let told = match answer_of(&address).await {
        Ok(told) => told,
        Err(error) => error.to_string(),
    };
    Ok(Response::new(StatusCode::OK, "text/plain", told))
}

async fn answer_of(address: &str) -> Result<String, ErrorCode> {
    let response = spin_sdk::http::get(address).await?;
    let status = response.status();
    let body = response.into_body().bytes().await?;
    Ok(format!("{status} {}", String::from_utf8_lossy(&body)))
}
