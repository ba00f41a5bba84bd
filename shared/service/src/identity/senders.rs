//! The identity providers that may send events, and the tokens that they send with them.

use clock::Timestamp;

use super::{
    Unaccepted, bearer,
    issuer::{copies, sender::Sender},
    providers,
    verifying::Token,
};
use crate::{cache, problem::Problem};

/// The provider of a slug, where there is one.
pub async fn find(slug: &str, now: Timestamp) -> Result<Option<Sender>, Problem> {
    let default = providers::default().await?;
    let epoch = cache::epoch(now).await?;
    let kept = copies::stand(&default, epoch.as_ref()).await?;
    Ok(kept.sender(slug).cloned())
}

/// Checks the token that came with a delivery to an address, in the header `Authorization`. Answers the digest of the
/// body that it is of, in hexadecimal digits.
pub async fn verify(
    sender: &Sender,
    authorization: &[String],
    address: &str,
    now: Timestamp,
) -> Result<String, Problem> {
    let token = bearer::token(authorization)?;
    let issuer = sender.issuer.clone().ok_or_else(|| {
        let Unaccepted(why) = Unaccepted("the provider has no issuer here");
        Problem::unauthenticated(Some(why))
    })?;
    let epoch = cache::epoch(now).await?;
    let claimed = providers::claimed(Some(issuer), now).await?;
    let provider = claimed.in_force(epoch.as_ref(), now).await?;
    let token = Token {
        text: token,
        claimed: &claimed,
        epoch: epoch.as_ref(),
        now,
    };
    token.verify_delivery(provider, address).await
}
