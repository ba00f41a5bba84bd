//! A change: one call of one database function, then the update of Redis.

use service::{
    cache::changes::{self, Change},
    http::change::Done,
    problem::Problem,
    sql::{Call, Changed},
};

use super::catalogue;
use crate::outcome;

/// Makes a change that discovery shows; the database records it in the audit trail. Returns the outcome, and
/// the current content as JSON.
pub async fn change(call: Call) -> Result<(Done, String), Problem> {
    change_of(call, |change| change.keys(catalogue::KIND)).await
}

/// The same for values at other keys, which `keys` returns.
pub async fn change_of(
    call: Call,
    keys: impl Fn(&Change) -> Vec<String>,
) -> Result<(Done, String), Problem> {
    let changed = Changed::of(&mut call.row().await?)?;
    let judged = judged(&changed.outcome, changed.document.as_deref())?;
    let change = Change::read(changed.to_tell()?)?;
    changes::invalidate(&change, &keys(&change)).await?;
    Ok(judged)
}

/// The outcome of a change, and the current content as JSON.
pub fn judged(outcome: &str, document: Option<&str>) -> Result<(Done, String), Problem> {
    let done = outcome::judge(outcome, document)?;
    Ok((done, document.unwrap_or_default().to_owned()))
}
