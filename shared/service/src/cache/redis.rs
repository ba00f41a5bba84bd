//! Redis, which may lose its data at any moment.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

/// Why Redis is unavailable, or why its answer is useless. The reader continues without Redis.
pub use reasons::Redis as Unavailable;
use spin_sdk::redis::{Connection, Error, RedisParameter, RedisResult};

use crate::{deadline, variables};

/// The time limit of one operation, including a reconnection.
const DEADLINE: Duration = Duration::from_millis(250);

static REDIS_URL: OnceLock<String> = OnceLock::new();

/// The instance's connection: opening one costs more than a round trip, and calls on one pipeline.
/// The lock is never held over an await.
static KEPT: Mutex<Option<Arc<Connection>>> = Mutex::new(None);

/// Runs a command. Its arguments are built again if the connection from before turns out to be dead.
pub async fn command(
    name: &str,
    arguments: impl Fn() -> Vec<RedisParameter>,
) -> Result<Vec<RedisResult>, Unavailable> {
    deadline::within(DEADLINE, attempt(name, arguments))
        .await
        .unwrap_or_else(|_| {
            forget();
            Err(Unavailable::NoAnswer)
        })
}

/// The value of a key.
pub async fn get(key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
    match command("GET", || vec![text(key)]).await?.pop() {
        Some(RedisResult::Binary(value)) => Ok(Some(value)),
        Some(RedisResult::Nil) | None => Ok(None),
        Some(_) => Err(Unavailable::Unexpected),
    }
}

/// The values of keys, in their order.
pub async fn get_all<'a>(
    keys: impl Iterator<Item = &'a str> + Clone,
) -> Result<impl Iterator<Item = Option<Vec<u8>>>, Unavailable> {
    let values = command("MGET", || keys.clone().map(text).collect()).await?;
    Ok(values.into_iter().map(|value| match value {
        RedisResult::Binary(value) => Some(value),
        _ => None,
    }))
}

/// Sets a key's value for a time.
pub async fn set(key: &str, value: &[u8], time_to_live: Duration) -> Result<(), Unavailable> {
    let life = || milliseconds(time_to_live);
    command("SET", || vec![text(key), bytes(value), text("PX"), life()])
        .await
        .map(|_| ())
}

/// Removes a key.
pub async fn remove(key: &str) -> Result<(), Unavailable> {
    command("DEL", || vec![text(key)]).await.map(|_| ())
}

/// Claims a key for a time, for one request alone, which is identified by the value. Returns the value of the request
/// that already has the claim, or nothing if this request has it now.
pub async fn claim(
    key: &str,
    value: &str,
    time_to_live: Duration,
) -> Result<Option<Vec<u8>>, Unavailable> {
    let life = || milliseconds(time_to_live);
    let arguments = || {
        let (key, value) = (text(key), text(value));
        vec![key, value, text("NX"), text("GET"), text("PX"), life()]
    };
    match command("SET", arguments).await?.pop() {
        Some(RedisResult::Binary(holder)) => Ok(Some(holder)),
        // A holder can look like a status to the host.
        Some(RedisResult::Status(holder)) => Ok(Some(holder.into_bytes())),
        Some(RedisResult::Nil) | None => Ok(None),
        Some(RedisResult::Int64(_)) => Err(Unavailable::Unexpected),
    }
}

/// A text as a command's argument.
pub fn text(text: &str) -> RedisParameter {
    bytes(text.as_bytes())
}

/// A value as a command's argument.
pub fn bytes(bytes: &[u8]) -> RedisParameter {
    RedisParameter::Binary(bytes.to_owned())
}

/// A time as a command's argument.
pub fn milliseconds(time: Duration) -> RedisParameter {
    RedisParameter::Int64(i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
}

async fn attempt(
    name: &str,
    arguments: impl Fn() -> Vec<RedisParameter>,
) -> Result<Vec<RedisResult>, Unavailable> {
    let kept = kept().clone();
    if let Some(connection) = kept {
        match connection.execute(name, arguments()).await {
            Ok(result) => return Ok(result),
            // Redis may have been restarted since: the kept connection is dead, not Redis.
            Err(_) => forget(),
        }
    }
    let connection = open().await?;
    connection
        .execute(name, arguments())
        .await
        .map_err(|error| {
            forget();
            away(error)
        })
}

async fn open() -> Result<Arc<Connection>, Unavailable> {
    let url = variables::get_once(&REDIS_URL, "redis_url")
        .await
        .map_err(|_| Unavailable::InvalidAddress)?;
    let opened = Connection::open(url).await.map_err(away)?;
    let connection = Arc::new(opened);
    *kept() = Some(Arc::clone(&connection));
    Ok(connection)
}

/// The host's message can contain the address: only the reason in it is passed on.
fn away(error: Error) -> Unavailable {
    match error {
        Error::InvalidAddress => Unavailable::InvalidAddress,
        Error::TooManyConnections => Unavailable::TooManyConnections,
        Error::TypeError => Unavailable::Unexpected,
        Error::Other(text) => Unavailable::of_failure(&text),
    }
}

fn kept() -> std::sync::MutexGuard<'static, Option<Arc<Connection>>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

fn forget() {
    *kept() = None;
}
