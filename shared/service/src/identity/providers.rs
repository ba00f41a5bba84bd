//! The identity providers that this instance trusts.

use std::sync::{Arc, Mutex, PoisonError};

use clock::Timestamp;
use vocabulary::Slug;

use super::{
    Provider, Unaccepted,
    issuer::{
        copies,
        description::{Description, Kind},
        refresh,
    },
    longest_token::longest_token,
};
use crate::{
    cache::{self, epoch::Epoch},
    problem::Problem,
    variables,
};

/// The keys are parsed once in an instance's life.
static DEFAULT: Mutex<Option<Arc<Provider>>> = Mutex::new(None);

/// The provider that a token claims, before the token is checked.
pub struct Claimed {
    /// Its slug, which is part of the paths to tenants.
    pub slug: Slug,
    issuer: String,
    pub(super) default: Arc<Provider>,
}

/// Finds the provider of the issuer that a token names. A token without an issuer is treated as one of the default
/// provider, whose check reports why it is refused.
pub async fn claimed(issuer: Option<String>, now: Timestamp) -> Result<Claimed, Problem> {
    let default = default().await?;
    let issuer = issuer.unwrap_or_else(|| default.issuer().to_owned());
    let slug = if issuer == default.issuer() {
        default.slug().clone()
    } else {
        Box::pin(slug_of(&default, &issuer, now)).await?
    };
    Ok(Claimed {
        slug,
        issuer,
        default,
    })
}

impl Claimed {
    /// The provider with the keys of the current epoch. Old keys are fetched again after the answer.
    pub async fn in_force(
        &self,
        epoch: Option<&Epoch>,
        now: Timestamp,
    ) -> Result<Arc<Provider>, Problem> {
        if self.issuer == self.default.issuer() && self.default.published().is_none() {
            return Ok(Arc::clone(&self.default));
        }
        Box::pin(self.published(epoch, now)).await
    }

    async fn published(
        &self,
        epoch: Option<&Epoch>,
        now: Timestamp,
    ) -> Result<Arc<Provider>, Problem> {
        let mut kept = copies::stand(&self.default, epoch).await?;
        if let Some(provider) = kept.of_issuer(&self.issuer)
            && let Some(newer) = refresh::overdue(&self.default, provider, epoch, now).await
        {
            kept = newer;
        }
        let provider = kept.of_issuer(&self.issuer);
        let provider = provider.ok_or_else(another_issuer)?;
        refresh::in_background(&self.default, provider, epoch, now);
        Ok(Arc::clone(provider))
    }
}

/// The slug from the instance's copy or, if that does not have the issuer, from the current providers.
async fn slug_of(default: &Provider, issuer: &str, now: Timestamp) -> Result<Slug, Problem> {
    let guess = copies::guess();
    if let Some(provider) = guess.as_ref().and_then(|kept| kept.of_issuer(issuer)) {
        return Ok(provider.slug().clone());
    }
    let epoch = cache::epoch(now).await?;
    let kept = copies::stand(default, epoch.as_ref()).await?;
    let provider = kept.of_issuer(issuer);
    let provider = provider.ok_or_else(another_issuer)?;
    Ok(provider.slug().clone())
}

fn another_issuer() -> Problem {
    let Unaccepted(fault) = Unaccepted("the token is from another issuer");
    Problem::unauthenticated(Some(fault))
}

/// The provider `default`, which the application's variables describe.
pub(super) async fn default() -> Result<Arc<Provider>, Problem> {
    let kept = DEFAULT
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    if let Some(provider) = kept {
        return Ok(provider);
    }
    let slug = Slug::try_from("default").map_err(|fault| Problem::internal(fault.to_string()))?;
    let keys_at = variables::get("oidc_jwks_url").await?;
    let description = Description {
        kind: Kind::IdentityProvider,
        slug,
        issuer: variables::get("oidc_issuer").await?,
        audience: variables::get("oidc_audience").await?,
        longest_token: longest_token().await?,
        keys_at: Some(keys_at).filter(|url| !url.is_empty()),
    };
    let jwks = variables::get("oidc_jwks").await?;
    let provider = if jwks.is_empty() {
        Provider::published_by(description, None)
    } else {
        Provider::configured(description, &jwks)
    };
    let provider = provider.map_err(|fault| Problem::internal(format!("oidc_*: {fault}")))?;
    let provider = Arc::new(provider);
    *DEFAULT.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&provider));
    Ok(provider)
}
