//! An identity provider, and the check of the tokens it signs.

use clock::Timestamp;
use jsonwebtoken::{Algorithm, Validation, errors::ErrorKind};
use vocabulary::Slug;

use super::{
    Unaccepted,
    claims::{Claims, is_access_token_type},
    keys::{Key, SigningKeys, signing_keys},
    receipt,
};
use crate::tenant::Caller;

#[cfg(target_family = "wasm")]
use crate::log::warning;

/// Outside of a component there is no log.
#[cfg(not(target_family = "wasm"))]
fn warning(_: &super::keys::Ignored) {}

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
    /// From its description; `jwks` is the JSON of a JWK set. The log names the keys of it that may not
    /// sign, though they seem to be meant for it.
    pub fn new(slug: Slug, issuer: String, audience: String, jwks: &str) -> Result<Self, Unusable> {
        if issuer.is_empty() || audience.is_empty() {
            return Err(Unusable::Unnamed);
        }
        let SigningKeys { keys, ignored } = signing_keys(jwks)?;
        ignored.iter().for_each(warning);
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
        let kid = header
            .kid
            .ok_or(Unaccepted("the token does not name its key (kid)"))?;
        let mut named = self.keys.iter().filter(|key| key.id == kid).peekable();
        if named.peek().is_none() {
            return Err(Unaccepted("the token is signed with an unknown key"));
        }
        let claims = self.signed(token, header.alg, named)?.check(now)?;
        Ok(Verified {
            expires_at: claims.expires_at,
            caller: Caller {
                provider: self.slug.clone(),
                organization: claims.organization,
                subject: claims.subject,
                session: claims.session,
                token_id: claims.token_id,
                issued_at: claims.issued_at,
            },
        })
    }

    /// What the token says, where one of these keys signed it. Several may have one `kid`, of several
    /// kinds or while a key is being replaced (RFC 7517, section 4.5).
    fn signed<'a>(
        &self,
        token: &str,
        algorithm: Algorithm,
        keys: impl Iterator<Item = &'a Key>,
    ) -> Result<Claims, Unaccepted> {
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["iss", "aud"]);
        // Times are checked with the claims, against the time that is given.
        validation.validate_exp = false;
        let mut refusal = Unaccepted("the token's algorithm is not its key's");
        for key in keys.filter(|key| key.algorithms.contains(&algorithm)) {
            match jsonwebtoken::decode::<Claims>(token, &key.key, &validation) {
                Ok(token) => return Ok(token.claims),
                Err(fault) if is_of_another_key(fault.kind()) => {
                    refusal = Unaccepted("the token's signature is wrong");
                }
                Err(fault) => return Err(unaccepted(fault.kind())),
            }
        }
        Err(refusal)
    }
}

/// Whether all that is known is that this key did not sign it: another one may have.
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
        ErrorKind::InvalidIssuer => "the token is of another issuer",
        ErrorKind::InvalidAudience => "the token is for another audience",
        ErrorKind::MissingRequiredClaim(name) if name == "iss" => "the token has no iss",
        ErrorKind::MissingRequiredClaim(_) => "the token has no aud",
        _ => "the token cannot be read",
    })
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{EncodingKey, Header, jwk::Jwk};
    use serde_json::{Value, json};

    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_000, 0);

    /// A key whose private part is this number, over and over.
    fn signing(seed: u8) -> EncodingKey {
        // RFC 8410, section 7.
        let head = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
        EncodingKey::from_ed_der(&[&head[..], &[seed; 32]].concat())
    }

    fn public(key: &EncodingKey, kid: &str) -> Value {
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(key, Algorithm::EdDSA).unwrap());
        let jwk = jwk.as_mut().unwrap();
        jwk["kid"] = kid.into();
        jwk.take()
    }

    fn provider(keys: &[Value]) -> Provider {
        let jwks = json!({ "keys": keys }).to_string();
        let slug = Slug::try_from("default").unwrap();
        Provider::new(slug, "issuer".to_owned(), "shell".to_owned(), &jwks).unwrap()
    }

    fn token(key: &EncodingKey, kid: &str, change: impl FnOnce(&mut Value)) -> String {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(kid.to_owned());
        let mut claims = json!({"iss": "issuer", "aud": "shell", "sub": "alice", "exp": 2_000});
        change(&mut claims);
        jsonwebtoken::encode(&header, &claims, key).unwrap()
    }

    fn refusal(provider: &Provider, token: &str) -> &'static str {
        provider.verify(token, NOW).unwrap_err().0
    }

    #[test]
    fn each_key_of_one_kid_is_tried() {
        let elliptic = json!({
            "kty": "EC", "crv": "P-256", "kid": "one",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        });
        // Hardly a point of its curve, and nobody's key.
        let x = "_".repeat(42) + "8";
        let broken = json!({"kty": "OKP", "crv": "Ed25519", "kid": "one", "x": x});
        let (first, second) = (signing(1), signing(2));
        let provider = provider(&[
            elliptic,
            broken,
            public(&first, "one"),
            public(&second, "one"),
            public(&signing(3), "two"),
        ]);
        for key in [first, second] {
            let verified = provider.verify(&token(&key, "one", |_| {}), NOW).unwrap();
            assert_eq!(verified.caller.subject, "alice");
        }
        let wrong = "the token's signature is wrong";
        assert_eq!(
            refusal(&provider, &token(&signing(3), "one", |_| {})),
            wrong
        );
        let unknown = "the token is signed with an unknown key";
        assert_eq!(
            refusal(&provider, &token(&signing(1), "three", |_| {})),
            unknown
        );
    }

    #[test]
    fn the_refusal_names_the_claim_that_is_missing() {
        let key = signing(1);
        let provider = provider(&[public(&key, "one")]);
        for (claim, expected) in [
            ("sub", "the token has no sub"),
            ("exp", "the token has no exp"),
            ("iss", "the token has no iss"),
            ("aud", "the token has no aud"),
        ] {
            let token = token(&key, "one", |claims| {
                claims.as_object_mut().unwrap().remove(claim);
            });
            assert_eq!(refusal(&provider, &token), expected);
        }
    }
}
