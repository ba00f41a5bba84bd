//! The caller of a request, from its `Authorization` header (RFC 6750, section 2.1).

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use clock::Timestamp;
use uuid::Uuid;
use vocabulary::Slug;

use crate::{
    cache,
    identity::{Caller, LONGEST_TOKEN, Provider, Verified, claimed_organization},
    kept::{self, Look},
    problem::Problem,
    receipt::{self, Receipt},
    request::Head,
    seal::Sealed,
    variables,
};

/// The keys are parsed once in an instance's life.
static DEFAULT_PROVIDER: Mutex<Option<Arc<Provider>>> = Mutex::new(None);

/// Checks the request's token; everybody whose token does not count gets 401.
pub async fn authenticated(head: &Head) -> Result<Caller, Problem> {
    let (caller, _) = authenticate(head, None::<fn(&Slug, Uuid) -> String>).await?;
    Ok(caller)
}

/// Checks the request's token, and looks up with one command what else the request will need: the
/// value at the key that `value` gives for the provider and the tenant that the token claims to be
/// of, which is given only where the token turns out to be of that tenant.
pub async fn authenticate(
    head: &Head,
    value: Option<impl FnOnce(&Slug, Uuid) -> String>,
) -> Result<(Caller, Look), Problem> {
    let authorization = head.header("authorization");
    let token = bearer_token(&authorization)?;
    if token.len() > LONGEST_TOKEN {
        return Err(Problem::unauthenticated(Some("the token is too long")));
    }
    let provider = default_provider().await?;
    let receipt_key = receipt::key(&receipt::token_hash(token));
    let claimed = value.and_then(|value| Some((value, claimed_organization(token)?)));
    let (claimed, value) = claimed
        .map(|(value, claimed)| (claimed, value(provider.slug(), claimed)))
        .unzip();
    let now = head.arrived();
    let mut look = kept::look(&receipt_key, value.as_deref(), now).await?;

    let known = match look.receipt.take() {
        Some(sealed) => recognized(&receipt_key, &provider, sealed, now).await?,
        None => None,
    };
    let caller = match known {
        Some(caller) => caller,
        // Only presence allows. Without a receipt, the token itself must.
        None => {
            let verified = provider
                .verify(token, now)
                .map_err(|fault| Problem::unauthenticated(Some(fault.0)))?;
            if look.lease.is_some() {
                remember(&receipt_key, &provider, &verified, now).await?;
            }
            verified.caller
        }
    };
    if caller.organization != claimed {
        look.value = None;
    }
    if let Some(organization) = caller.organization {
        head.concerns(organization);
    }
    Ok((caller, look))
}

async fn recognized(
    key: &str,
    provider: &Provider,
    sealed: Vec<u8>,
    now: Timestamp,
) -> Result<Option<Caller>, Problem> {
    let opened = kept::seal_key()
        .await?
        .open(key, provider.fingerprint(), sealed);
    Ok(opened
        .and_then(|sealed| Receipt::from_bytes(&sealed.content))
        .and_then(|receipt| receipt.caller(now.unix_seconds())))
}

async fn remember(
    key: &str,
    provider: &Provider,
    verified: &Verified,
    now: Timestamp,
) -> Result<(), Problem> {
    let seconds = now.unix_seconds();
    let receipt = Receipt::new(&verified.caller, verified.expires_at, seconds);
    let life = Duration::from_secs(receipt.remaining(seconds).max(1));
    let sealed = Sealed {
        counter: 0,
        written_at: now.unix_milliseconds(),
        content: receipt
            .to_bytes()
            .map_err(|fault| Problem::internal(fault.to_string()))?,
    };
    let bytes = kept::seal_key()
        .await?
        .seal(key, provider.fingerprint(), &sealed);
    // Without the receipt, the next request checks the token again.
    let _ = cache::set(key, &bytes, life).await;
    Ok(())
}

fn bearer_token(authorization: &[String]) -> Result<&str, Problem> {
    let [value] = authorization else {
        return Err(Problem::unauthenticated(None));
    };
    let token = value
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"))
        .map(|(_, token)| token.trim());
    token.ok_or_else(|| Problem::unauthenticated(None))
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
