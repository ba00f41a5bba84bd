//! The entrance of every handler: the caller, from the `Authorization` header (RFC 6750, section 2.1), and
//! its way to a tenant.

use std::sync::Arc;

use clock::Timestamp;

use super::{
    admitting, bearer, kept, providers,
    receipt::{self, Receipt},
    unverified,
    verifying::Token,
    way,
};
use crate::{
    cache::Lookup,
    http::head::Head,
    problem::Problem,
    revocation::{Hashes, Standing},
    tenant::{self, TenantContext, TenantPath},
};

/// Who a token claims to be of, and by which way, before anybody has checked it.
pub struct Claimed {
    /// The way to the tenant.
    pub path: TenantPath,
    /// The caller.
    pub subject: String,
}

/// Lets a request in whose token counts; everybody else gets 401, and a caller without a way to a tenant 403. So
/// does one whose membership of its own organization has ended since: that is looked for with the token's receipt, and
/// so is whether the token was revoked, which is 401 again.
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
    let hashes = Hashes::of(token);
    let receipt_key = receipt::key(&hashes);
    let token_keys = (receipt_key.as_str(), hashes.signed.as_str());
    let (mut lookup, guess) = way::look_up(slug, claims, &sent, token_keys, &keys, now).await?;

    let provider = claimed_provider
        .in_force(lookup.epoch.as_ref(), now)
        .await?;
    let known = match lookup.receipt.take() {
        Some(sealed) => {
            kept::open(&receipt_key, &provider, lookup.epoch.as_ref(), sealed, now).await?
        }
        None => None,
    };
    let mut receipt = match known {
        Some(receipt) => receipt,
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
            Receipt::new(
                verified.caller,
                verified.expires_at,
                verified.key,
                now.unix_seconds(),
            )
        }
    };
    let path = way::find(head, receipt.caller(), &sent, guess, &mut lookup, keys).await?;
    // What Redis has refuses at no cost. That it has nothing allows nobody: only a receipt does, which is made of what
    // PostgreSQL answered in this epoch, since which Redis was told of every revocation.
    let standing = lookup.standing(path.organization, receipt.caller().issued_at);
    if standing == Standing::Revoked {
        return Err(admitting::revoked());
    }
    let was_admitted = receipt.has_admitted(path.organization);
    if !was_admitted || lookup.may_be_cut_off || standing == Standing::Unreadable {
        let caller = receipt.caller();
        let admitted = admitting::admit(caller, &hashes.signed, &path, head.request_id());
        Box::pin(admitted).await?;
    }
    if !was_admitted && let Some(epoch) = &lookup.epoch {
        receipt.admit(path.organization);
        Box::pin(kept::keep(&receipt_key, &provider, epoch, &receipt)).await?;
    }
    let context = TenantContext::new(receipt.into_caller(), path, head.request_id());
    Ok((context, lookup))
}
