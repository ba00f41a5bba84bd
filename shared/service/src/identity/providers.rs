//! The identity providers that this instance trusts.

use std::sync::{Arc, Mutex, PoisonError};

use vocabulary::Slug;

use super::Provider;
use crate::{problem::Problem, variables};

/// The keys are parsed once in an instance's life.
static DEFAULT: Mutex<Option<Arc<Provider>>> = Mutex::new(None);

/// The provider `default`, which the application's variables describe.
pub async fn default() -> Result<Arc<Provider>, Problem> {
    let kept = DEFAULT
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    if let Some(provider) = kept {
        return Ok(provider);
    }
    let slug = Slug::try_from("default").map_err(|fault| Problem::internal(fault.to_string()))?;
    let issuer = variables::get("oidc_issuer").await?;
    let audience = variables::get("oidc_audience").await?;
    let jwks = variables::get("oidc_jwks").await?;
    let provider = Provider::new(slug, issuer, audience, &jwks)
        .map_err(|fault| Problem::internal(format!("oidc_*: {fault}")))?;
    let provider = Arc::new(provider);
    *DEFAULT.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&provider));
    Ok(provider)
}
