//! One change: one call of one function of the database, then Redis is told.

use service::{
    cache::changes::{self, Change},
    http::change::Done,
    problem::Problem,
    sql::{Call, Changed},
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
    let changed = Changed::of(&mut call.row().await?)?;
    let judged = judged(&changed.outcome, changed.document.as_deref())?;
    let change = Change::read(changed.to_tell()?)?;
    let keys: Vec<_> = kinds.iter().flat_map(|kind| change.keys(kind)).collect();
    changes::invalidate(&change, &keys).await?;
    Ok(judged)
}

/// What a function says came of a change, and what stands now as JSON.
pub fn judged(outcome: &str, document: Option<&str>) -> Result<(Done, String), Problem> {
    let done = outcome::judge(outcome, document)?;
    Ok((done, document.unwrap_or_default().to_owned()))
}
