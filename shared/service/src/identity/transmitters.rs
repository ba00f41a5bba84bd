//! The transmitters that may report security events, and the check of their tokens.

use std::sync::Arc;

use clock::Timestamp;

use super::{
    Provider,
    issuer::{copies, refresh, transmitter::Transmitter},
    providers::{self, Claimed},
    security_event::{SecurityEvent, check},
    verifying::Token,
};
use crate::{
    cache::{self, epoch::Epoch},
    problem::Problem,
};

/// Why a token is not accepted.
pub enum Untaken {
    /// It is not valid.
    Refused {
        /// A code of RFC 8935 (section 2.4).
        code: &'static str,
        /// A text that the transmitter may read.
        why: String,
    },
    /// It could not be checked.
    Problem(Problem),
}

impl From<Problem> for Untaken {
    fn from(problem: Problem) -> Self {
        match problem.why_unaccepted() {
            // Everything else was checked before its signature.
            Some(why) => Self::Refused {
                code: "invalid_key",
                why: why.to_owned(),
            },
            None => Self::Problem(problem),
        }
    }
}

/// The transmitter with a slug, if there is one.
pub async fn find(slug: &str, now: Timestamp) -> Result<Option<Transmitter>, Problem> {
    let default = providers::default().await?;
    let epoch = cache::epoch(now).await?;
    let kept = copies::stand(&default, epoch.as_ref()).await?;
    Ok(kept.transmitter(slug).cloned())
}

/// Checks a security event token of a transmitter.
pub async fn verify(
    transmitter: &Transmitter,
    text: &str,
    now: Timestamp,
) -> Result<SecurityEvent, Untaken> {
    check(text, transmitter, now).map_err(|refused| Untaken::Refused {
        code: refused.code,
        why: refused.why.to_owned(),
    })?;
    let epoch = cache::epoch(now).await?;
    // If the provider itself is the transmitter, its issuer is known: otherwise the check above would have refused
    // the token.
    let issuer = transmitter.provider_issuer.clone();
    let claimed = match transmitter.signer {
        Some(_) => providers::claimed(None, now).await?,
        None => providers::claimed(issuer, now).await?,
    };
    let signer = match &transmitter.signer {
        Some(signer) => own(&claimed, signer, epoch.as_ref(), now).await,
        None => claimed.in_force(epoch.as_ref(), now).await?,
    };
    let token = Token {
        text,
        claimed: &claimed,
        epoch: epoch.as_ref(),
        now,
    };
    Ok(token.verify_event(signer, transmitter).await?)
}

/// The transmitter with its signing keys. They are fetched again when they are old, like a provider's keys.
async fn own(
    claimed: &Claimed,
    signer: &Arc<Provider>,
    epoch: Option<&Epoch>,
    now: Timestamp,
) -> Arc<Provider> {
    let newer = refresh::overdue(&claimed.default, signer, epoch, now).await;
    let newer = newer.and_then(|kept| kept.again(signer).map(Arc::clone));
    let signer = newer.unwrap_or_else(|| Arc::clone(signer));
    refresh::in_background(&claimed.default, &signer, epoch, now);
    signer
}
