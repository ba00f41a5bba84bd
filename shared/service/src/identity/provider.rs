//! An identity provider, and the check of the tokens it signs.

use clock::Timestamp;
use jsonwebtoken::{Validation, errors::ErrorKind};
use vocabulary::Slug;

use crate::receipt;

use super::{
    Caller, Unaccepted,
    claims::{Claims, is_access_token_type},
    keys::{Key, signing_keys},
};

/// Bytes of the longest token that is looked at; those of real providers have 1 to 4 KiB.
pub const LONGEST_TOKEN: usize = 16 * 1024;

/// Who signs tokens, for whom they must be, and with which keys.
pub struct Provider {
    slug: Slug,
    issuer: String,
    audience: String,
    keys: Vec<Key>,
    fingerprint: String,
}

/// A caller, and when its token ends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verified {
    /// Whom the token makes.
    pub caller: Caller,
    /// Seconds since the epoch.
    pub expires_at: u64,
}

/// Why a provider's description cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The key set is no JSON of RFC 7517.
    #[error("the key set is no JWK set: {0}")]
    KeySet(#[from] serde_json::Error),
    /// No key of the set may sign tokens.
    #[error("the key set has no signing key for RS256, PS256, ES256 or EdDSA with a kid")]
    NoKey,
    /// Without both, tokens meant for others would pass.
    #[error("issuer and audience must not be empty")]
    Unnamed,
}

impl Provider {
    /// From its description; `jwks` is the JSON of a JWK set.
    pub fn new(slug: Slug, issuer: String, audience: String, jwks: &str) -> Result<Self, Unusable> {
        if issuer.is_empty() || audience.is_empty() {
            return Err(Unusable::Unnamed);
        }
        let keys = signing_keys(jwks)?;
        if keys.is_empty() {
            return Err(Unusable::NoKey);
        }
        let fingerprint = receipt::token_hash(&format!("{slug}\n{issuer}\n{audience}\n{jwks}"));
        Ok(Self {
            slug,
            issuer,
            audience,
            keys,
            fingerprint,
        })
    }

    /// Its slug.
    pub fn slug(&self) -> &Slug {
        &self.slug
    }

    /// Another one for every other description: what was accepted under an old one counts no more.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Checks a token and makes its caller.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Verified, Unaccepted> {
        let header =
            jsonwebtoken::decode_header(token).map_err(|_| Unaccepted("the token is no JWT"))?;
        if !is_access_token_type(header.typ.as_deref()) {
            return Err(Unaccepted("the token is no access token"));
        }
        // RFC 7515, section 4.1.11: what must be understood and is not, must be refused.
        if header.crit.is_some() {
            return Err(Unaccepted(
                "the token has a critical header that is not known here",
            ));
        }
        let key = header
            .kid
            .and_then(|kid| self.keys.iter().find(|key| key.id == kid))
            .ok_or(Unaccepted("the token is signed with an unknown key"))?;

        let mut validation = Validation::new(header.alg);
        validation.algorithms = key.algorithms.to_vec();
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Times are checked with the claims, against the time that is given.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.key, &validation)
            .map_err(|fault| unaccepted(fault.kind()))?
            .claims;
        claims.check(now)?;

        Ok(Verified {
            expires_at: claims.expires_at(),
            caller: Caller {
                provider: self.slug.clone(),
                organization: claims.organization()?,
                issued_at: claims.issued_at(),
                subject: claims.sub,
                session: claims.sid,
                token_id: claims.jti,
            },
        })
    }
}

fn unaccepted(kind: &ErrorKind) -> Unaccepted {
    Unaccepted(match kind {
        ErrorKind::InvalidSignature => "the token's signature is wrong",
        ErrorKind::InvalidAlgorithm => "the token's algorithm is not its key's",
        ErrorKind::InvalidIssuer => "the token is of another issuer",
        ErrorKind::InvalidAudience => "the token is for another audience",
        ErrorKind::MissingRequiredClaim(_) => "the token lacks one of exp, iss, aud and sub",
        _ => "the token cannot be read",
    })
}
