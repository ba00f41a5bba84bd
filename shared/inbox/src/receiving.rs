//! Events on their way into the inbox, and what they make untrue in Redis.

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

/// Keeps an event that a provider, or who speaks for it, told in a way (`source`), and applies what it says. It is
/// acknowledged only once Redis has been told: a repeated one tells it again.
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

/// Writes what a function of the database warns of into the log.
pub fn log_warnings(row: &mut Row) -> Result<(), Problem> {
    if let Some(warnings) = row.text("warnings")? {
        parse::<Vec<Value>>(&warnings)?
            .iter()
            .for_each(log::warning);
    }
    Ok(())
}
