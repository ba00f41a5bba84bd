//! The identity providers that may send events, and the tokens that authenticate these.

use std::sync::Arc;

use clock::Timestamp;
use http::StatusCode;

use super::{
    Provider, Unaccepted, bearer,
    issuer::{copies, sender::Sender},
    logout::Logout,
    providers::{self, Claimed},
    verifying::Token,
};
use crate::{
    cache::{self, epoch::Epoch},
    problem::Problem,
};

/// The provider with a slug. An unknown slug is answered with 404: the providers' slugs are not secret, and a wrong
/// address is found sooner.
pub async fn find(slug: &str, now: Timestamp) -> Result<Sender, Problem> {
    let default = providers::default().await?;
    let epoch = cache::epoch(now).await?;
    let kept = copies::stand(&default, epoch.as_ref()).await?;
    kept.sender(slug).cloned().ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "unknown-provider",
            "No such identity provider",
        )
        .with_detail("the path must end with the slug of an identity provider")
    })
}

/// Checks the token that came with a delivery to an address, in the header `Authorization`. Returns the digest of the
/// body that it is for, in hexadecimal digits.
pub async fn verify(
    sender: &Sender,
    authorization: &[String],
    address: &str,
    now: Timestamp,
) -> Result<String, Problem> {
    let text = bearer::token(authorization)?;
    let trusted = Trusted::of(sender, now).await?;
    let provider = trusted.provider(now).await?;
    trusted
        .token(text, now)
        .verify_delivery(provider, address)
        .await
}

/// Checks a logout token for one of the clients that the provider names.
pub async fn verify_logout(sender: &Sender, text: &str, now: Timestamp) -> Result<Logout, Problem> {
    bearer::check_length(text)?;
    let trusted = Trusted::of(sender, now).await?;
    let provider = trusted.provider(now).await?;
    trusted
        .token(text, now)
        .verify_logout(provider, &sender.logout_audiences)
        .await
}

/// A sender whose tokens are accepted.
struct Trusted {
    claimed: Claimed,
    epoch: Option<Epoch>,
}

impl Trusted {
    async fn of(sender: &Sender, now: Timestamp) -> Result<Self, Problem> {
        let issuer = sender.issuer.clone().ok_or_else(|| {
            let Unaccepted(why) = Unaccepted("no issuer is configured for the identity provider");
            Problem::unauthenticated(Some(why))
        })?;
        Ok(Self {
            epoch: cache::epoch(now).await?,
            claimed: providers::claimed(Some(issuer), now).await?,
        })
    }

    async fn provider(&self, now: Timestamp) -> Result<Arc<Provider>, Problem> {
        self.claimed.in_force(self.epoch.as_ref(), now).await
    }

    fn token<'t>(&'t self, text: &'t str, now: Timestamp) -> Token<'t> {
        Token {
            text,
            claimed: &self.claimed,
            epoch: self.epoch.as_ref(),
            now,
        }
    }
}
