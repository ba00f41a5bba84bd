//! One change: one call of one function of the database, then Redis is told.

use service::{
    cache::changes::{self, Change},
    http::change::Done,
    problem::Problem,
    sql::{Call, Row},
};

use super::catalogue;
use crate::outcome;

/// Makes a change of what discovery shows; the database writes it down in the audit trail. Answers what came of
/// it, and what stands now as JSON.
pub async fn change(call: Call) -> Result<(Done, String), Problem> {
    change_of(&[catalogue::KIND], call).await
}

/// The same for what is kept of several kinds.
pub async fn change_of(kinds: &[&str], call: Call) -> Result<(Done, String), Problem> {
    let mut row = call.row().await?;
    let judged = judged(&mut row)?;
    let change = row
        .text("change")?
        .ok_or_else(|| Problem::internal("a change names nobody to tell"))?;
    let change = Change::read(&change)?;
    let keys: Vec<_> = kinds.iter().flat_map(|kind| change.keys(kind)).collect();
    changes::invalidate(&change, &keys).await?;
    Ok(judged)
}

/// What a function says came of a change, and what stands now as JSON.
pub fn judged(row: &mut Row) -> Result<(Done, String), Problem> {
    let outcome = row.text("outcome")?.unwrap_or_default();
    let document = row.text("document")?;
    let done = outcome::judge(&outcome, document.as_deref())?;
    Ok((done, document.unwrap_or_default()))
}

/// Reads what a function gave as JSON.
pub fn parse<T: serde::de::DeserializeOwned>(document: &str) -> Result<T, Problem> {
    serde_json::from_str(document).map_err(|fault| Problem::internal(format!("document: {fault}")))
}
