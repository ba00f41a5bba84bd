//! Tokens that a request is about, as opposed to the token that authenticates the request.

use std::sync::Arc;

use clock::Timestamp;
use http::StatusCode;
use uuid::Uuid;
use vocabulary::Slug;

use super::{LONGEST_TOKEN, Verified, checked, providers, unverified, verifying::Token, way};
use crate::{cache, problem::Problem, tenant::Caller};

/// A token that would let its caller in.
pub struct Presented {
    /// The caller that the token identifies.
    pub caller: Caller,
    /// The caller's own organization.
    pub organization: Uuid,
}

/// Finds out whether a token would be let in at the entrance, into its own organization: it is authentic and valid at
/// this time, it has not been revoked, and its caller may enter. If it names several organizations, `chosen` selects
/// its own. In the steady state this takes one lookup in Redis. If a caller is returned, the token's claims
/// ([`unverified::payload`]) are true. A token that is not valid gives none, whatever the reason.
pub async fn find(
    token: &str,
    chosen: Option<&Slug>,
    request_id: &str,
    now: Timestamp,
) -> Result<Option<Presented>, Problem> {
    if token.len() > LONGEST_TOKEN {
        return Ok(None);
    }
    let sent: Vec<_> = chosen.iter().map(ToString::to_string).collect();
    counting(async {
        let mut checked = checked::check(token, &sent, |_| Vec::new(), now).await?;
        let path = way::find(&mut checked, &sent, |_| Vec::new(), |_| ()).await?;
        checked.admit(&path, request_id).await?;
        Ok(Presented {
            organization: path.organization,
            caller: checked.receipt.into_caller(),
        })
    })
    .await
}

/// Returns the caller of a token that is authentic and valid at this time. The token may have been revoked, or its
/// caller may have access to no organization.
pub async fn verify(token: &str, now: Timestamp) -> Result<Option<Verified>, Problem> {
    if token.len() > LONGEST_TOKEN {
        return Ok(None);
    }
    counting(async {
        let claimed = providers::claimed(unverified::issuer(token), now).await?;
        let epoch = cache::epoch(now).await?;
        let provider = claimed.in_force(epoch.as_ref(), now).await?;
        let token = Token {
            text: token,
            claimed: &claimed,
            epoch: epoch.as_ref(),
            now,
        };
        token.verify(Arc::clone(&provider)).await
    })
    .await
}

/// Nothing if a token was refused; if it could not be checked, that remains a problem.
async fn counting<T>(
    found: impl Future<Output = Result<T, Problem>>,
) -> Result<Option<T>, Problem> {
    match Box::pin(found).await {
        Ok(found) => Ok(Some(found)),
        Err(problem) => match problem.status {
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Ok(None),
            _ => Err(problem),
        },
    }
}
