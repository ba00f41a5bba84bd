//! One change: one call of one function of the database, then Redis is told.

use service::{
    cache::changes,
    problem::Problem,
    sql::{Call, Row},
};

use super::catalogue;
use crate::outcome::{self, Done};

/// Makes the change, which the database writes down in the audit trail; answers what came of it, and what
/// stands now as JSON.
pub async fn change(call: Call) -> Result<(Done, String), Problem> {
    let mut row = call.row().await?;
    let judged = judged(&mut row)?;
    let change = row
        .text("change")?
        .ok_or_else(|| Problem::internal("a change names nobody to tell"))?;
    changes::invalidate(&change, catalogue::KIND).await?;
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
