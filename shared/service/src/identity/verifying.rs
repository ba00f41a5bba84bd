//! The check of a token whose signature was not checked yet; the issuer's keys may have to be fetched for it.

use std::sync::Arc;

use clock::Timestamp;
use spin_sdk::wasip3::clocks::monotonic_clock;

use super::{
    Provider, Verified,
    issuer::{
        copies, judging,
        kept::Kept,
        mark::{self, Mark},
        refresh::{self, Unfetched},
        seen,
        store::Claim,
        transmitter::Transmitter,
    },
    logout::Logout,
    proof::{OfACaller, OfADelivery, OfALogout, OfAnEvent, Proof},
    provider::{Refusal, Unproven},
    providers::Claimed,
    security_event::SecurityEvent,
};
use crate::{
    cache::{self, epoch::Epoch, redis},
    problem::Problem,
};

/// A request that finds another one fetching waits this long before it looks whether the keys have come, then twice as
/// long, and so on up to the longest pause, until its time is up: each look reads every provider's keys.
const FIRST_LOOK_NANOSECONDS: u64 = 20_000_000;
const LONGEST_PAUSE_NANOSECONDS: u64 = 160_000_000;
const LONGEST_WAIT_NANOSECONDS: u64 = 2_000_000_000;

/// A token that is being checked.
pub struct Token<'t> {
    /// The token.
    pub text: &'t str,
    /// The provider that it claims.
    pub claimed: &'t Claimed,
    /// The current epoch.
    pub epoch: Option<&'t Epoch>,
    /// The time for which the token is checked.
    pub now: Timestamp,
}

impl Token<'_> {
    /// Checks the token with the current keys, and with newer ones if none of those signed it.
    pub async fn verify(&self, provider: Arc<Provider>) -> Result<Verified, Problem> {
        self.as_proof(OfACaller).verify(provider).await
    }

    /// The same for a token of a delivery to an address. Returns the digest of the body that it is for.
    pub async fn verify_delivery(
        &self,
        provider: Arc<Provider>,
        address: &str,
    ) -> Result<String, Problem> {
        let proof = OfADelivery { address };
        self.as_proof(proof).verify(provider).await
    }

    /// The same for a token that reports a logout to one of these clients.
    pub async fn verify_logout(
        &self,
        provider: Arc<Provider>,
        clients: &[String],
    ) -> Result<Logout, Problem> {
        self.as_proof(OfALogout { clients }).verify(provider).await
    }

    /// The same for a token in which a transmitter reports a security event.
    pub async fn verify_event(
        &self,
        signer: Arc<Provider>,
        transmitter: &Transmitter,
    ) -> Result<SecurityEvent, Problem> {
        self.as_proof(OfAnEvent { transmitter })
            .verify(signer)
            .await
    }

    fn as_proof<P: Proof>(&self, proof: P) -> Proving<'_, P> {
        let Self {
            text,
            claimed,
            epoch,
            now,
        } = *self;
        Proving {
            text,
            claimed,
            epoch,
            now,
            proof,
        }
    }
}

/// A token and its purpose.
struct Proving<'t, P> {
    text: &'t str,
    claimed: &'t Claimed,
    epoch: Option<&'t Epoch>,
    now: Timestamp,
    proof: P,
}

impl<P: Proof> Proving<'_, P> {
    async fn verify(&self, provider: Arc<Provider>) -> Result<P::Proven, Problem> {
        let unproven = match self.verified(&provider)? {
            Ok(verified) => return Ok(verified),
            Err(unproven) => unproven,
        };
        if provider.published().is_none() {
            return Err(refused(&unproven));
        }
        // If the token's own claims refuse it, its issuer is not asked for keys.
        self.proof
            .could_count(&provider, self.text, self.now)
            .map_err(|fault| Problem::unauthenticated(Some(fault.0)))?;
        let open = Open { provider, unproven };
        self.with_newer_keys(open).await
    }

    /// The result, if a newer set proves the token; 401 if a newer set refuses it, and 503 if none is available.
    async fn with_newer_keys(&self, mut open: Open) -> Result<P::Proven, Problem> {
        // The instance's copy may be old.
        let found = self.in_redis(&open).await?;
        let newer = found.and_then(|found| found.newer);
        let newer = newer.unwrap_or_else(|| Arc::clone(&open.provider));
        if let Some(verified) = self.judge(&mut open, newer).await? {
            return Ok(verified);
        }
        let claim = refresh::claim(&open.provider, self.epoch, clock::now()).await?;
        if claim.granted {
            return self.fetch(open, &claim).await;
        }
        if claim.fetched_at > open.provider.fetched_at()
            && let Some(verified) = self.by_postgresql(&mut open).await?
        {
            return Ok(verified);
        }
        self.wait(open, &claim).await
    }

    /// Fetches the keys, and checks the token with them: they are requested after the token came.
    async fn fetch(&self, open: Open, claim: &Claim) -> Result<P::Proven, Problem> {
        let Open { provider, .. } = open;
        let fetched = refresh::fetch(&self.claimed.default, &provider, claim).await;
        let kept = fetched.map_err(|unfetched| match unfetched {
            Unfetched::Problem(problem) => problem,
            Unfetched::Failed(failure) => Problem::keys_unavailable(claim.wait(clock::now()))
                .with_cause(format!("the issuer's keys: {failure}")),
        })?;
        let provider = kept.again(&provider).map_or(provider, Arc::clone);
        match self.verified(&provider)? {
            Ok(verified) => Ok(verified),
            Err(unproven) => match provider.fetched_at() {
                Some(fetched_at) if fetched_at >= claim.granted_at => {
                    seen::refuse(&provider, &unproven, fetched_at, clock::now()).await?;
                    Err(refused(&unproven))
                }
                // The set of another configuration replaced it.
                _ => Err(Problem::keys_unavailable(claim.wait(clock::now()))),
            },
        }
    }

    /// Waits for the request that is fetching, if there is one.
    async fn wait(&self, mut open: Open, claim: &Claim) -> Result<P::Proven, Problem> {
        let end = clock::monotonic_nanoseconds().saturating_add(LONGEST_WAIT_NANOSECONDS);
        let mut pause = FIRST_LOOK_NANOSECONDS;
        let mut epoch = self.epoch.cloned();
        while clock::monotonic_nanoseconds() < end {
            let fetched_at = open.provider.fetched_at();
            if !judging::is_under_way(claim.granted_at, fetched_at, clock::now()) {
                break;
            }
            let left = end.saturating_sub(clock::monotonic_nanoseconds());
            monotonic_clock::wait_for(pause.min(left)).await;
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE_NANOSECONDS);
            // If many requests come before there is an epoch, one of them begins it.
            if epoch.is_none() {
                epoch = cache::epoch(clock::now()).await?;
            }
            let Some(epoch) = &epoch else { continue };
            let token = Proving {
                epoch: Some(epoch),
                ..*self
            };
            let Some(found) = token.in_redis(&open).await? else {
                break;
            };
            if let Some(newer) = found.newer
                && let Some(verified) = token.judge(&mut open, newer).await?
            {
                return Ok(verified);
            }
            // The mark of an earlier fetch says nothing about this one.
            let ended = |mark: Mark| mark.is_over && mark.granted_at >= claim.granted_at;
            if let Some(mark) = found.mark.filter(|mark| ended(*mark)) {
                if mark.fetched_at > open.provider.fetched_at()
                    && let Some(verified) = token.by_postgresql(&mut open).await?
                {
                    return Ok(verified);
                }
                break;
            }
        }
        Err(Problem::keys_unavailable(claim.wait(clock::now()))
            .with_cause(open.unproven.unaccepted.to_string()))
    }

    /// The result by PostgreSQL's set, if Redis has not received that set, or not yet.
    async fn by_postgresql(&self, open: &mut Open) -> Result<Option<P::Proven>, Problem> {
        let kept = copies::anew(&self.claimed.default, self.epoch).await?;
        match self.newer(open, &kept) {
            Some(newer) => self.judge(open, newer).await,
            None => Ok(None),
        }
    }

    /// What Redis has now, if it can be asked.
    async fn in_redis(&self, open: &Open) -> Result<Option<Found>, Problem> {
        let Some(epoch) = self.epoch else {
            return Ok(None);
        };
        let mark = mark::name(&open.provider);
        let names = [copies::NAME, mark.as_str()];
        let Ok(mut found) = redis::get_all(names.into_iter()).await else {
            return Ok(None);
        };
        let (kept, mark) = (found.next().flatten(), found.next().flatten());
        let kept = copies::in_redis(&self.claimed.default, epoch, kept).await?;
        Ok(Some(Found {
            newer: kept.and_then(|kept| self.newer(open, &kept)),
            mark: mark::read(&open.provider, mark).await?,
        }))
    }

    /// The provider with a newer set than the one with which the token was checked.
    fn newer(&self, open: &Open, kept: &Kept) -> Option<Arc<Provider>> {
        let newer = kept.again(&open.provider)?;
        (newer.fetched_at() > open.provider.fetched_at()).then(|| Arc::clone(newer))
    }

    /// The result, if this set proves the token. `None` if another set has to be requested.
    async fn judge(
        &self,
        open: &mut Open,
        by: Arc<Provider>,
    ) -> Result<Option<P::Proven>, Problem> {
        if !Arc::ptr_eq(&by, &open.provider) {
            match self.verified(&by)? {
                Ok(verified) => return Ok(Some(verified)),
                Err(unproven) => {
                    *open = Open {
                        provider: by,
                        unproven,
                    }
                }
            }
        }
        if self.epoch.is_none() {
            // Without Redis, it is not known since when such tokens have come.
            return Ok(None);
        }
        let now = clock::now();
        let seen = seen::note(&open.provider, &open.unproven, now).await?;
        match open.provider.fetched_at() {
            Some(fetched_at) if seen.is_refused(fetched_at, now) => Err(refused(&open.unproven)),
            _ => Ok(None),
        }
    }

    fn verified(&self, provider: &Provider) -> Result<Result<P::Proven, Unproven>, Problem> {
        match self.proof.prove(provider, self.text, self.now) {
            Ok(verified) => Ok(Ok(verified)),
            Err(Refusal::NoKey(unproven)) => Ok(Err(unproven)),
            Err(Refusal::Final(fault)) => Err(Problem::unauthenticated(Some(fault.0))),
        }
    }
}

/// What was found in Redis.
struct Found {
    /// The provider with a newer set than the one with which the token was checked.
    newer: Option<Arc<Provider>>,
    mark: Option<Mark>,
}

/// A token that is neither accepted nor refused yet.
struct Open {
    /// The provider with the last set that was tried.
    provider: Arc<Provider>,
    unproven: Unproven,
}

fn refused(unproven: &Unproven) -> Problem {
    Problem::unauthenticated(Some(unproven.unaccepted.0))
}
