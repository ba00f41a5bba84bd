//! The caller of a request, from its `Authorization` header (RFC 6750, section 2.1).

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRequestParts;
use http::{HeaderMap, header, request::Parts};
use vocabulary::Slug;

use crate::{
    identity::{Caller, Provider},
    problem::Problem,
    serve::Context,
    variables,
};

/// The keys are parsed once in an instance's life.
static DEFAULT_PROVIDER: Mutex<Option<Arc<Provider>>> = Mutex::new(None);

/// A caller whose token was checked. A handler that takes one answers 401 to everybody else.
pub struct Authenticated(pub Caller);

impl<S: Send + Sync> FromRequestParts<S> for Authenticated {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let token = bearer_token(&parts.headers)?;
        let provider = default_provider().await?;
        let caller = provider
            .verify(token, clock::now())
            .map_err(|fault| Problem::unauthenticated(Some(fault.0)))?;
        if let (Some(context), Some(organization)) =
            (parts.extensions.get::<Context>(), caller.organization)
        {
            context.concerns(organization);
        }
        Ok(Self(caller))
    }
}

fn bearer_token(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values
        .next()
        .ok_or_else(|| Problem::unauthenticated(None))?;
    let token = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"))
        .map(|(_, token)| token.trim());
    match (token, values.next()) {
        (Some(token), None) => Ok(token),
        _ => Err(Problem::unauthenticated(None)),
    }
}

async fn default_provider() -> Result<Arc<Provider>, Problem> {
    let kept = DEFAULT_PROVIDER
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
    *DEFAULT_PROVIDER
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&provider));
    Ok(provider)
}
