//! The path to a tenant: first guessed from the token's unverified claims, so that one lookup in Redis finds what a
//! request needs, then built from the verified claims.

use clock::Timestamp;
use uuid::Uuid;
use vocabulary::Slug;

use super::{checked::Checked, entrance::Claimed, naming::Naming, unverified::Unverified};
use crate::{
    cache::{self, InOrganization, Lookup, Watched, named::look_up_named},
    problem::Problem,
    revocation,
    tenant::{self, OrganizationClaim, TenantPath},
};

/// What a token claims, and the path to which this leads.
pub(super) struct Guess {
    claims: Unverified,
    claimed: Claimed,
}

/// Looks up a token's receipt and, for the path that it claims, whether it was cut off or revoked, and the values at
/// `keys`. `hash` is that of the token's signed part.
pub(super) async fn look_up(
    provider: &Slug,
    claims: Option<Unverified>,
    sent: &[String],
    (receipt_key, hash): (&str, &str),
    keys: impl Fn(&Claimed) -> Vec<String>,
    now: Timestamp,
) -> Result<(Lookup, Option<Guess>), Problem> {
    let Some(claims) = claims else {
        return Ok((cache::look_up(receipt_key, None, &[], now).await?, None));
    };
    // An invalid header is refused later, once the caller is known.
    let chosen = tenant::acting_for(sent).ok().flatten();
    let claimed = |path| Claimed {
        path,
        subject: claims.subject.clone(),
    };
    let slug = provider.as_str();
    let revoked = || claims.marks(slug, hash).keys();
    let in_organization = |own| InOrganization {
        cutoffs: tenant::cutoff_keys(slug, own, &claims.subject),
        revoked: revocation::organization_key(slug, own),
    };
    let (lookup, claimed) = match &claims.organization {
        OrganizationClaim::None => (cache::look_up(receipt_key, None, &[], now).await?, None),
        OrganizationClaim::Id(id) => {
            let claimed = claimed(TenantPath::identified(provider, *id, chosen));
            let watched = Watched {
                revoked: revoked(),
                in_organization: in_organization(*id),
            };
            let lookup = cache::look_up(receipt_key, Some(&watched), &keys(&claimed), now).await?;
            (lookup, Some(claimed))
        }
        OrganizationClaim::Names(names) => {
            let naming = Naming::new(provider, names, chosen.as_ref())?;
            let claimed = |named| claimed(TenantPath::named(provider, named, chosen.as_ref()));
            let keys = |named| keys(&claimed(named));
            let revoked = revoked();
            let look = look_up_named(
                receipt_key,
                &naming.keys,
                &revoked,
                in_organization,
                keys,
                now,
            );
            let (lookup, named) = Box::pin(look).await?;
            (lookup, named.map(claimed))
        }
    };
    let guess = claimed.map(|claimed| Guess { claims, claimed });
    Ok((lookup, guess))
}

/// The path of an authentic token. If it differs from the guess, or there was no guess, the values are looked up for
/// it. `concerns` gets the organization that the request is about, as soon as it is known.
pub(super) async fn find(
    checked: &mut Checked,
    sent: &[String],
    keys: impl Fn(&Claimed) -> Vec<String>,
    concerns: impl Fn(Uuid),
) -> Result<TenantPath, Problem> {
    let lookup = &mut checked.lookup;
    let guess = checked.guess.take();
    let caller = checked.receipt.caller();
    let provider = &caller.provider;
    let guess = guess
        .filter(|guess| guess.claimed.path.provider == *provider && guess.claims.is_of(caller));
    let path = match &caller.organization {
        OrganizationClaim::None => {
            return Err(tenant::without_way("the token names no organization"));
        }
        OrganizationClaim::Id(id) => {
            concerns(*id);
            TenantPath::identified(provider, *id, tenant::acting_for(sent)?)
        }
        OrganizationClaim::Names(names) => {
            let chosen = tenant::acting_for(sent)?;
            match &guess {
                Some(guess) => guess.claimed.path.clone(),
                None => {
                    let naming = Naming::new(provider, names, chosen.as_ref())?;
                    let named = Box::pin(naming.resolve(lookup)).await?;
                    TenantPath::named(provider, named, chosen.as_ref())
                }
            }
        }
    };
    concerns(path.organization);
    if guess.is_none_or(|guess| guess.claimed.path != path) {
        let claimed = Claimed {
            path: path.clone(),
            subject: caller.subject.clone(),
        };
        // What was looked up belongs to another path, or to none.
        lookup.may_be_cut_off = true;
        lookup.revocations = None;
        lookup.values = lookup.more(&keys(&claimed)).await?;
    }
    Ok(path)
}
