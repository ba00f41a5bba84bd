//! A token that was checked, by its receipt or by its signature, and whether its caller is admitted.

use std::sync::Arc;

use clock::Timestamp;

use super::{
    Provider, admitting,
    entrance::Claimed,
    kept, providers,
    receipt::{self, Receipt},
    unverified,
    verifying::Token,
    way::{self, Guess},
};
use crate::{
    cache::Lookup,
    problem::Problem,
    revocation::{Hashes, Standing},
    tenant::TenantPath,
};

/// A token that is authentic, in time and its provider's. It may have been revoked.
pub(super) struct Checked {
    /// What was looked up with it.
    pub lookup: Lookup,
    /// The way by which that was looked up.
    pub guess: Option<Guess>,
    /// Its caller.
    pub receipt: Receipt,
    receipt_key: String,
    hashes: Hashes,
    provider: Arc<Provider>,
}

/// Checks a token, which comes with these values of `Shell-Organization`. With its receipt it is looked up what may
/// make an end of it, and the values at the keys that `keys` gives for what it claims.
pub(super) async fn check(
    token: &str,
    sent: &[String],
    keys: impl Fn(&Claimed) -> Vec<String>,
    now: Timestamp,
) -> Result<Checked, Problem> {
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
    let (mut lookup, guess) = way::look_up(slug, claims, sent, token_keys, keys, now).await?;

    let provider = claimed_provider
        .in_force(lookup.epoch.as_ref(), now)
        .await?;
    let known = match lookup.receipt.take() {
        Some(sealed) => {
            kept::open(&receipt_key, &provider, lookup.epoch.as_ref(), sealed, now).await?
        }
        None => None,
    };
    let receipt = match known {
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
    Ok(Checked {
        lookup,
        guess,
        receipt,
        receipt_key,
        hashes,
        provider,
    })
}

impl Checked {
    /// Lets its caller in where the token was not revoked and the caller may enter its own organization.
    ///
    /// What Redis has refuses at no cost. That it has nothing allows nobody: only a receipt does, which is made of what
    /// PostgreSQL answered in this epoch, in which Redis is told of every revocation.
    pub async fn admit(&mut self, path: &TenantPath, request_id: &str) -> Result<(), Problem> {
        let caller = self.receipt.caller();
        let standing = self.lookup.standing(path.organization, caller.issued_at);
        if standing == Standing::Revoked {
            return Err(admitting::revoked());
        }
        let was_admitted = self.receipt.has_admitted(path.organization);
        if !was_admitted || self.lookup.may_be_cut_off || standing == Standing::Unreadable {
            let admitted = admitting::admit(caller, &self.hashes.signed, path, request_id);
            Box::pin(admitted).await?;
        }
        if !was_admitted && let Some(epoch) = &self.lookup.epoch {
            self.receipt.admit(path.organization);
            let kept = kept::keep(&self.receipt_key, &self.provider, epoch, &self.receipt);
            Box::pin(kept).await?;
        }
        Ok(())
    }
}
