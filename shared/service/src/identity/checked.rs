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

/// A token that is authentic, valid at this time, and signed by its provider. It may have been revoked.
pub(super) struct Checked {
    /// The result of the lookup that was made for it.
    pub lookup: Lookup,
    /// The path for which that lookup was made.
    pub guess: Option<Guess>,
    /// Its receipt, with its caller.
    pub receipt: Receipt,
    receipt_key: String,
    hashes: Hashes,
    provider: Arc<Provider>,
}

/// Checks a token that was sent with these values of `Shell-Organization`. The lookup of its receipt also reads what
/// may invalidate the token, and the values at the keys that `keys` returns for its claims.
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
        // Without a receipt, the token itself must be checked.
        None => {
            let token = Token {
                text: token,
                claimed: &claimed_provider,
                epoch: lookup.epoch.as_ref(),
                now,
            };
            // Boxed, like everything that few requests need: otherwise its state would make every request's state
            // larger.
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
    /// Lets the caller in if the token was not revoked and the caller may enter its own organization.
    ///
    /// A revocation in Redis refuses the token at no cost. If Redis has none, this admits nobody: only a receipt
    /// does, which is made from an answer of PostgreSQL in the current epoch, in which Redis received every later
    /// revocation.
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
