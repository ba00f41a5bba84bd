//! The longest lifetime of a token: a revocation has to be kept for that long, and no longer.

use std::{sync::OnceLock, time::Duration};

use crate::{problem::Problem, variables};

static LONGEST: OnceLock<Duration> = OnceLock::new();

/// The variable `longest_token`, read once in an instance's life.
pub async fn longest_token() -> Result<Duration, Problem> {
    if let Some(longest) = LONGEST.get() {
        return Ok(*longest);
    }
    let text = variables::get("longest_token").await?;
    let longest = vocabulary::duration(&text)
        .map_err(|invalid| Problem::internal(format!("longest_token: {invalid}")))?;
    Ok(*LONGEST.get_or_init(|| longest))
}
