//! Receiving events into the inbox, and invalidating in Redis what they make stale.

use access::policies::changes::tell_touched;
use clock::Timestamp;
use serde::Serialize;
use serde_json::Value;
use service::{
    http::{change::parse, response::to_json},
    log,
    problem::Problem,
    sql::{ParameterValue, Row, one_row},
};
use vocabulary::Slug;

use crate::{Event, EventStatus};

/// Stores an event of a provider, delivered by the provider or on its behalf in the way `source`, and applies
/// it. It is acknowledged only after Redis is updated: a duplicate updates Redis again.
pub async fn receive<F: Serialize>(
    provider: &Slug,
    source: &str,
    arrived: Timestamp,
    event: &Event<F>,
) -> Result<(EventStatus, Option<String>), Problem> {
    let statement = "SELECT status, reason, change, touched, warnings
        FROM shell.receive_event($1, $2, $3, $4::text::jsonb)";
    let json = String::from_utf8(to_json(event)?);
    let json = json.map_err(|fault| Problem::internal(fault.to_string()))?;
    let parameters = vec![
        ParameterValue::Str(provider.to_string()),
        ParameterValue::Str(source.to_owned()),
        ParameterValue::Uuid(clock::identifier_at(arrived).to_string()),
        ParameterValue::Str(json),
    ];
    let mut row = one_row(statement, parameters).await?;
    let status = row.text("status")?.unwrap_or_default();
    let status = parse(&Value::String(status).to_string())?;
    log_warnings(&mut row)?;
    if let (Some(change), Some(touched)) = (row.text("change")?, row.text("touched")?) {
        tell_touched(&change, &touched).await?;
    }
    Ok((status, row.text("reason")?))
}

/// Logs the warnings of a database function.
pub fn log_warnings(row: &mut Row) -> Result<(), Problem> {
    if let Some(warnings) = row.text("warnings")? {
        parse::<Vec<Value>>(&warnings)?
            .iter()
            .for_each(log::warning);
    }
    Ok(())
}
