//! The store calls.

use std::{
    error::Error,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use spin_sdk::{
    pg::{self, ParameterValue},
    redis, variables,
};
use uuid::Uuid;

use crate::event;

/// Any error; it ends the run.
pub type Fault = Box<dyn Error>;

/// As in the functions: one connection per instance, behind a lock that is never held across an await.
static REDIS: Mutex<Option<Arc<redis::Connection>>> = Mutex::new(None);
static DATABASE_URL: OnceLock<String> = OnceLock::new();

/// The time in the answer; its value does not matter.
const CREATED_AT: &str = "2026-01-01T00:00:00.000000Z";

/// Any organization: no table is searched for it.
const ORGANIZATION: &str = "01970000-0000-7000-8000-000000000001";

/// The statement of an ordinary function that adds a row.
const INSERT: &str = "INSERT INTO shell.audit_log (organization_id, id, created_at, occurred_at,
    action, actor_type, actor_id, actor_name, targets, target_ids, outcome, ip, user_agent,
    request_id, trace_id, metadata)
  VALUES ($1, $2, now(), now(), $3, $4, $5, NULL, $6::text::json, $7, $8::text::shell.audit_outcome,
    $9::text::inet, $10, $11, $12, $13::text::json)";

/// Runs one GET and returns the value.
pub async fn get(key: &str) -> Result<Vec<u8>, Fault> {
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
    Ok(value.ok_or("the key does not exist")?)
}

/// Runs one SELECT.
pub async fn select() -> Result<&'static str, Fault> {
    let connection = database().await?;
    let rows = connection.query("SELECT 1", []).await?.collect().await?;
    match rows.len() {
        1 => Ok("one row"),
        count => Err(format!("{count} rows").into()),
    }
}

/// Runs one INSERT, and returns the answer for a client.
pub async fn insert() -> Result<String, Fault> {
    let id = Uuid::now_v7().to_string();
    database().await?.execute(INSERT, values(&id)).await?;
    Ok(told(&id))
}

/// The same, but PostgreSQL returns the time, as it does for the Shell's clients.
pub async fn insert_returning() -> Result<String, Fault> {
    let id = Uuid::now_v7().to_string();
    let statement = format!("{INSERT} RETURNING created_at::text");
    let rows = database().await?.query(statement, values(&id)).await?;
    match rows.collect().await?.len() {
        1 => Ok(told(&id)),
        count => Err(format!("{count} rows").into()),
    }
}

/// Runs one UPDATE of one row, which must exist.
pub async fn update(row: i32) -> Result<(), Fault> {
    let statement = "UPDATE floor.beats SET expires_at = clock_timestamp() WHERE id = $1";
    let row = [ParameterValue::Int32(row)];
    match database().await?.execute(statement, row).await? {
        1 => Ok(()),
        count => Err(format!("{count} rows").into()),
    }
}

fn told(id: &str) -> String {
    format!(r#"{{"id":"{id}","created_at":"{CREATED_AT}"}}"#)
}

fn values(id: &str) -> [ParameterValue; 13] {
    let text = |text: &str| ParameterValue::Str(text.to_owned());
    [
        ParameterValue::Uuid(ORGANIZATION.to_owned()),
        ParameterValue::Uuid(id.to_owned()),
        text(event::ACTION),
        text(event::ACTOR_TYPE),
        text(event::ACTOR_ID),
        text(event::TARGETS),
        ParameterValue::ArrayStr(vec![Some(event::TARGET_ID.to_owned())]),
        text(event::OUTCOME),
        text(event::IP),
        text(event::USER_AGENT),
        text(event::REQUEST_ID),
        text(event::TRACE_ID),
        text(event::METADATA),
    ]
}

/// A connection of the host's pool for this request, as in the functions.
async fn database() -> Result<pg::Connection, Fault> {
    let url = match DATABASE_URL.get() {
        Some(url) => url,
        None => {
            let url = variables::get("database_url").await?;
            DATABASE_URL.get_or_init(|| url)
        }
    };
    Ok(pg::Connection::open(url).await?)
}
