//! The entrance of every handler: the caller, from the `Authorization` header (RFC 6750, section 2.1), and
//! its way to a tenant.

use std::{sync::Arc, time::Duration};

use clock::Timestamp;

use super::{
    Provider, Verified, bearer, providers,
    receipt::{self, Receipt},
    unverified,
    verifying::Token,
    way,
};
use crate::{
    cache::{self, Lookup, redis, seal::Sealed},
    http::head::Head,
    problem::Problem,
    tenant::{self, Caller, TenantContext, TenantPath},
};

/// Who a token claims to be of, and by which way, before anybody has checked it.
pub struct Claimed {
    /// The way to the tenant.
    pub path: TenantPath,
    /// The caller.
    pub subject: String,
}

/// Lets a request in whose token counts; everybody else gets 401, and a caller without a way to a tenant 403.
///
/// With the same command it is looked up what else the request will need: the values at the keys that `keys`
/// gives for what the token claims, which are given only where that turns out to be true. All is judged by the
/// moment `now`, a later one than the request's arrival where its body was waited for.
pub async fn enter(
    head: &Head,
    now: Timestamp,
    keys: impl Fn(&Claimed) -> Vec<String>,
) -> Result<(TenantContext, Lookup), Problem> {
    let authorization = head.header("authorization");
    let token = bearer::token(&authorization)?;
    let sent = head.header(tenant::HEADER);
    let mut claims = unverified::claimed(token);
    let issuer = match &mut claims {
        Some(claims) => claims.iss.take(),
        None => unverified::issuer(token),
    };
    let claimed_provider = providers::claimed(issuer, now).await?;
    let slug = &claimed_provider.slug;
    let receipt_key = receipt::key(&receipt::token_hash(token));
    let (mut lookup, guess) = way::look_up(slug, claims, &sent, &receipt_key, &keys, now).await?;

    let provider = claimed_provider
        .in_force(lookup.epoch.as_ref(), now)
        .await?;
    let known = match lookup.receipt.take() {
        Some(sealed) => recognized(&receipt_key, &provider, sealed, now).await?,
        None => None,
    };
    let caller = match known {
        Some(caller) => caller,
        // Only presence allows. Without a receipt, the token itself must.
        None => {
            let token = Token {
                text: token,
                claimed: &claimed_provider,
                epoch: lookup.epoch.as_ref(),
                now,
            };
            // In a box, as all that few requests need: what waits within it makes every request's state larger.
            let verified = Box::pin(token.verify(Arc::clone(&provider))).await?;
            if lookup.epoch.is_some() {
                remember(&receipt_key, &provider, &verified, now).await?;
            }
            verified.caller
        }
    };
    let path = way::find(head, &caller, &sent, guess, &mut lookup, keys).await?;
    let context = TenantContext::new(caller, path, head.request_id());
    Ok((context, lookup))
}

async fn recognized(
    key: &str,
    provider: &Provider,
    sealed: Vec<u8>,
    now: Timestamp,
) -> Result<Option<Caller>, Problem> {
    let opened = cache::seal_key()
        .await?
        .open(key, provider.fingerprint(), sealed);
    Ok(opened
        .and_then(|sealed| Receipt::from_bytes(&sealed.content))
        .filter(|receipt| provider.has_key(receipt.key(), now))
        .and_then(|receipt| receipt.caller(now.unix_seconds())))
}

async fn remember(
    key: &str,
    provider: &Provider,
    verified: &Verified,
    now: Timestamp,
) -> Result<(), Problem> {
    let seconds = now.unix_seconds();
    let receipt = Receipt::new(
        &verified.caller,
        verified.expires_at,
        &verified.key,
        seconds,
    );
    let life = Duration::from_secs(receipt.remaining(seconds).max(1));
    let sealed = Sealed {
        counter: 0,
        written_at: now.unix_milliseconds(),
        content: receipt
            .to_bytes()
            .map_err(|fault| Problem::internal(fault.to_string()))?,
    };
    let bytes = cache::seal_key()
        .await?
        .seal(key, provider.fingerprint(), &sealed);
    // Without the receipt, the next request checks the token again.
    let _ = redis::set(key, &bytes, life).await;
    Ok(())
}
