//! An identity provider, and the check of the tokens it signs.

use std::time::Duration;

use clock::Timestamp;
use jsonwebtoken::{Algorithm, Validation, dangerous::insecure_decode_claims, errors::ErrorKind};
use serde::de::DeserializeOwned;
use vocabulary::Slug;

use super::{
    Unaccepted,
    claims::Claims,
    delivery::DeliveryClaims,
    form::{self, Header, Type},
    hearsay,
    issuer::description::Description,
    keys::{Key, SigningKeys, Unreadable, signing_keys},
    published_keys::PublishedKeys,
};
use crate::{revocation, tenant::Caller};

#[cfg(target_family = "wasm")]
use crate::log::warning;

/// Outside a component there is no log.
#[cfg(not(target_family = "wasm"))]
fn warning(_: &super::keys::Ignored) {}

/// The accepted algorithms, whatever the key.
const ALGORITHMS: [Algorithm; 4] = [
    Algorithm::RS256,
    Algorithm::PS256,
    Algorithm::ES256,
    Algorithm::EdDSA,
];

/// The issuer of tokens, their required audience, and the keys.
pub struct Provider {
    description: Description,
    keys: Keys,
    fingerprint: String,
}

/// The source of the keys.
enum Keys {
    /// The configuration.
    Configured(Vec<Key>),
    /// The issuer; `None` if its keys have not been fetched yet.
    Published(Option<PublishedKeys>),
}

/// A caller, and when its token expires.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verified {
    /// The caller that the token identifies.
    pub caller: Caller,
    /// Seconds since the epoch.
    pub expires_at: u64,
    /// The thumbprint of the key that signed it (RFC 7638).
    pub key: String,
}

/// Why a token is not accepted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// It is not valid whatever keys the issuer has.
    Final(Unaccepted),
    /// None of the known keys signed it.
    NoKey(Unproven),
}

/// A token that no known key signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unproven {
    /// The name of its key.
    pub kid: String,
    /// The thumbprints of the keys with this name, which did not sign it.
    pub failed: Vec<String>,
    /// The reason for refusing it if its issuer has no other keys.
    pub unaccepted: Unaccepted,
}

impl From<Unaccepted> for Refusal {
    fn from(unaccepted: Unaccepted) -> Self {
        Self::Final(unaccepted)
    }
}

/// Why a provider's description cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It has no key set that can be read.
    #[error("the key set: {0}")]
    KeySet(#[from] Unreadable),
    /// No key of the set may sign tokens.
    #[error("the key set has no signing key for RS256, PS256, ES256 or EdDSA with a kid")]
    NoKey,
    /// Without both, tokens for other audiences would be accepted.
    #[error("issuer and audience must not be empty")]
    Unnamed,
}

impl Provider {
    /// A provider with configured keys: `jwks` is the JSON of a JWK set. Its keys that seem to be meant for tokens,
    /// but may not sign any, are logged.
    pub fn configured(description: Description, jwks: &str) -> Result<Self, Unusable> {
        let found = signing_keys(description.slug.as_str(), jwks)?;
        let SigningKeys { keys, ignored, .. } = found;
        ignored.iter().for_each(warning);
        if keys.is_empty() {
            return Err(Unusable::NoKey);
        }
        Self::with(description, Keys::Configured(keys))
    }

    /// A provider whose issuer publishes the keys.
    pub fn published_by(
        description: Description,
        keys: Option<PublishedKeys>,
    ) -> Result<Self, Unusable> {
        Self::with(description, Keys::Published(keys))
    }

    fn with(description: Description, keys: Keys) -> Result<Self, Unusable> {
        let Description {
            issuer,
            audience,
            longest_token,
            ..
        } = &description;
        if issuer.is_empty() || audience.is_empty() {
            return Err(Unusable::Unnamed);
        }
        let fingerprint = revocation::sha256(&format!(
            "{}\n{issuer}\n{audience}\n{}",
            description.name(),
            longest_token.as_secs()
        ));
        Ok(Self {
            description,
            keys,
            fingerprint,
        })
    }

    /// Its slug.
    pub fn slug(&self) -> &Slug {
        &self.description.slug
    }

    /// A name that identifies the provider among all others.
    pub fn name(&self) -> String {
        self.description.name()
    }

    /// Its description, whatever the source of its keys is.
    pub(super) fn description(&self) -> &Description {
        &self.description
    }

    /// The `iss` of its tokens.
    pub fn issuer(&self) -> &str {
        &self.description.issuer
    }

    /// How long its tokens may live.
    pub fn longest_token(&self) -> Duration {
        self.description.longest_token
    }

    /// It differs for every other issuer, audience and longest lifetime: what was accepted under an old fingerprint is
    /// not valid any more.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Its description, if its keys are published.
    pub fn published(&self) -> Option<&Description> {
        matches!(self.keys, Keys::Published(_)).then_some(&self.description)
    }

    /// The time of its published keys, in microseconds since the epoch, if there are any.
    pub fn fetched_at(&self) -> Option<u64> {
        match &self.keys {
            Keys::Configured(_) => None,
            Keys::Published(keys) => keys.as_ref().map(|keys| keys.fetched_at),
        }
    }

    /// Whether a key is one of the valid keys.
    pub fn has_key(&self, thumbprint: &str, now: Timestamp) -> bool {
        let mut keys = self.keys(now).iter();
        keys.any(|key| key.thumbprint == thumbprint)
    }

    fn keys(&self, now: Timestamp) -> &[Key] {
        match &self.keys {
            Keys::Configured(keys) => keys,
            Keys::Published(keys) => keys.as_ref().map_or(&[], |keys| keys.in_force(now)),
        }
    }

    /// Whether a token that no known key signed could be valid, if another key signed it.
    pub fn could_count(&self, token: &str, now: Timestamp) -> Result<(), Unaccepted> {
        let audience = &self.description.audience;
        hearsay::could_count(token, self.issuer(), audience, now, self.longest_token())
    }

    /// Checks a token and returns its caller.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Verified, Refusal> {
        let Header { algorithm, kid, .. } = form::header(token, Type::Access)?;
        let audience = Some(self.description.audience.as_str());
        let (claims, key) = self.signed::<Claims>(token, algorithm, kid, audience, now)?;
        let claims = claims.check(now, self.longest_token())?;
        Ok(Verified {
            key,
            expires_at: claims.expires_at,
            caller: Caller {
                provider: self.slug().clone(),
                organization: claims.organization,
                subject: claims.subject,
                session: claims.session,
                token_id: claims.token_id,
                client: claims.client,
                issued_at: claims.issued_at,
            },
        })
    }

    /// The same for a token that authenticates a delivery to an address.
    pub fn could_count_for_delivery(
        &self,
        token: &str,
        address: &str,
        now: Timestamp,
    ) -> Result<(), Unaccepted> {
        let claims: DeliveryClaims =
            insecure_decode_claims(token).map_err(|_| Unaccepted("the token cannot be read"))?;
        claims.check(self.issuer(), address, now).map(|_| ())
    }

    /// Checks a token that authenticates a delivery to an address. Returns the digest of the body that the token is
    /// for.
    pub fn verify_delivery(
        &self,
        token: &str,
        address: &str,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let Header { algorithm, kid, .. } = form::header(token, Type::Access)?;
        // The audience is checked with the other claims.
        let (claims, _) = self.signed::<DeliveryClaims>(token, algorithm, kid, None, now)?;
        Ok(claims.check(self.issuer(), address, now)?)
    }

    /// The claims of a token that a key with this name signed, and the key's thumbprint. Several keys may have one
    /// `kid`: keys of different kinds, or a key that is being replaced and its successor (RFC 7517, section 4.5).
    pub(super) fn signed<C: DeserializeOwned>(
        &self,
        token: &str,
        algorithm: Algorithm,
        kid: String,
        audience: Option<&str>,
        now: Timestamp,
    ) -> Result<(C, String), Refusal> {
        let keys = self.keys(now);
        let named = || keys.iter().filter(|key| key.id == kid);
        let mut refusal = match named().next() {
            None => Unaccepted("the token is signed with an unknown key"),
            Some(_) => Unaccepted("the token's algorithm does not match its key"),
        };
        // No issuer has a key that signs with another algorithm.
        if !ALGORITHMS.contains(&algorithm) {
            return Err(refusal.into());
        }
        let mut validation = Validation::new(algorithm);
        match audience {
            Some(audience) => {
                validation.set_issuer(&[self.issuer()]);
                validation.set_audience(&[audience]);
                validation.set_required_spec_claims(&["iss", "aud"]);
            }
            // Without an audience, the caller of this function checks the issuer and the audience with the other
            // claims.
            None => {
                validation.validate_aud = false;
                validation.set_required_spec_claims::<&str>(&[]);
            }
        }
        // Times are checked with the claims, against the given time.
        validation.validate_exp = false;
        for key in named().filter(|key| key.algorithms.contains(&algorithm)) {
            match jsonwebtoken::decode::<C>(token, &key.key, &validation) {
                Ok(token) => return Ok((token.claims, key.thumbprint.clone())),
                Err(fault) if is_of_another_key(fault.kind()) => {
                    refusal = Unaccepted("the token's signature is not valid");
                }
                Err(fault) => return Err(unaccepted(fault.kind()).into()),
            }
        }
        Err(Refusal::NoKey(Unproven {
            failed: named().map(|key| key.thumbprint.clone()).collect(),
            kid,
            unaccepted: refusal,
        }))
    }
}

/// Whether the error only shows that this key did not sign the token: another key may have signed it.
fn is_of_another_key(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::InvalidSignature
            | ErrorKind::InvalidKeyFormat
            | ErrorKind::InvalidEcdsaKey
            | ErrorKind::InvalidEddsaKey
            | ErrorKind::InvalidRsaKey(_)
    )
}

fn unaccepted(kind: &ErrorKind) -> Unaccepted {
    Unaccepted(match kind {
        ErrorKind::InvalidIssuer => "the token is from another issuer",
        ErrorKind::InvalidAudience => "the token is for another audience",
        ErrorKind::MissingRequiredClaim(name) if name == "iss" => "the token has no iss",
        ErrorKind::MissingRequiredClaim(_) => "the token has no aud",
        _ => "the token cannot be read",
    })
}

#[cfg(test)]
mod tests;
