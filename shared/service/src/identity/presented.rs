//! Tokens that are presented to be judged, and not to call with.

use clock::Timestamp;
use http::StatusCode;

use super::{LONGEST_TOKEN, Verified, providers, unverified, verifying::Token};
use crate::{cache, problem::Problem};

/// Checks a token as that of a caller. Nothing, where it would be refused; where that cannot be told, a problem.
pub async fn verify(token: &str, now: Timestamp) -> Result<Option<Verified>, Problem> {
    if token.len() > LONGEST_TOKEN {
        return Ok(None);
    }
    match checked(token, now).await {
        Ok(verified) => Ok(Some(verified)),
        Err(problem) if problem.status == StatusCode::UNAUTHORIZED => Ok(None),
        Err(problem) => Err(problem),
    }
}

async fn checked(text: &str, now: Timestamp) -> Result<Verified, Problem> {
    let claimed = providers::claimed(unverified::issuer(text), now).await?;
    let epoch = cache::epoch(now).await?;
    let provider = claimed.in_force(epoch.as_ref(), now).await?;
    let token = Token {
        text,
        claimed: &claimed,
        epoch: epoch.as_ref(),
        now,
    };
    token.verify(provider).await
}
