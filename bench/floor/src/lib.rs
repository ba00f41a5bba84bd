//! The store calls of a function and nothing else: what the host and the stores cost by themselves.
#![cfg(target_family = "wasm")]

use std::{
    error::Error,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use bytes::Bytes;
use http::{Response, StatusCode, header::CONTENT_LENGTH};
use spin_sdk::{
    http::{FullBody, Request},
    http_service, pg, redis, variables,
};

/// As the functions hold theirs: one for the instance, never locked over an await.
static REDIS: Mutex<Option<Arc<redis::Connection>>> = Mutex::new(None);
static DATABASE_URL: OnceLock<String> = OnceLock::new();

#[http_service]
async fn handle(request: Request) -> Response<FullBody<Bytes>> {
    let path = request.uri().path();
    let result = match path.strip_prefix("/get/") {
        Some(key) => get(key).await,
        None if path == "/select" => select().await,
        None => Ok(Bytes::from_static(b"nothing")),
    };
    let (status, body) = match result {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string().into()),
    };
    let length = body.len();
    let mut response = Response::new(FullBody::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    response
}

/// One GET, and its value as the answer.
async fn get(key: &str) -> Result<Bytes, Box<dyn Error>> {
    let kept = REDIS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let connection = match kept {
        Some(connection) => connection,
        None => {
            let url = variables::get("redis_url").await?;
            let opened = Arc::new(redis::Connection::open(url).await?);
            *REDIS.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&opened));
            opened
        }
    };
    let value = connection.get(key).await?;
    Ok(value.ok_or("the key is not there")?.into())
}

/// One SELECT, on a connection of the host's pool for each request, as the functions do it.
async fn select() -> Result<Bytes, Box<dyn Error>> {
    let url = match DATABASE_URL.get() {
        Some(url) => url,
        None => {
            let url = variables::get("database_url").await?;
            DATABASE_URL.get_or_init(|| url)
        }
    };
    let connection = pg::Connection::open(url).await?;
    let rows = connection.query("SELECT 1", []).await?.collect().await?;
    match rows.len() {
        1 => Ok(Bytes::from_static(b"one row")),
        count => Err(format!("{count} rows").into()),
    }
}
