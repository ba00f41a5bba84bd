//! The identity providers that may send events.

use clock::Timestamp;

use super::{
    issuer::{copies, sender::Sender},
    providers,
};
use crate::{cache, problem::Problem};

/// The provider of a slug, where there is one.
pub async fn find(slug: &str, now: Timestamp) -> Result<Option<Sender>, Problem> {
    let default = providers::default().await?;
    let epoch = cache::epoch(now).await?;
    let kept = copies::stand(&default, epoch.as_ref()).await?;
    Ok(kept.sender(slug).cloned())
}
