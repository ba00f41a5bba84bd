//! The development issuer: the key that signs tokens for a Shell on this machine.

use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::{Signer as _, SigningKey};
use serde::Serialize;
use serde_json::json;

use crate::secret;

/// The `iss` of its tokens.
pub const ISSUER: &str = "http://localhost/development-issuer";
/// The `aud` of its tokens.
pub const AUDIENCE: &str = "shell";

/// The claims of an access token.
#[derive(Clone, Debug, Serialize)]
pub struct Claims {
    /// The issuer.
    pub iss: String,
    /// The audience.
    pub aud: String,
    /// The user.
    pub sub: String,
    /// The user's tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    /// The session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// When it was issued, in seconds.
    pub iat: u64,
    /// The start of its validity.
    pub nbf: u64,
    /// The end of its validity.
    pub exp: u64,
    /// The token's own identifier.
    pub jti: String,
}

impl Claims {
    /// The claims of a token that is valid from now on for `lifetime`.
    pub fn new(organization_id: &str, subject: &str, lifetime: Duration) -> Result<Self> {
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .context("the clock is set to a time before 1970")?;
        Ok(Self {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: subject.to_owned(),
            organization_id: Some(organization_id.to_owned()),
            sid: None,
            iat: now.as_secs(),
            nbf: now.as_secs(),
            exp: now.saturating_add(lifetime).as_secs(),
            jti: secret::random_token()?,
        })
    }
}

/// A key pair, with the public key as a JWKS.
#[derive(Clone, Debug)]
pub struct Issuer {
    key: SigningKey,
    key_id: String,
    jwks: String,
}

impl Issuer {
    /// The key stored in a file, which is created at first use.
    pub fn load_or_create(path: &Path) -> Result<Self> {
        if !path.exists() {
            secret::write_private(path, &secret::random_bytes::<32>()?)?;
        }
        let key = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let key = <[u8; 32]>::try_from(key).ok().with_context(|| {
            format!(
                "{} does not contain a key: remove it, and start the Shell again",
                path.display()
            )
        })?;
        Ok(Self::new(&key))
    }

    /// A key that is not stored.
    pub fn throwaway() -> Result<Self> {
        Ok(Self::new(&secret::random_bytes()?))
    }

    fn new(secret: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(secret);
        let public = BASE64.encode(key.verifying_key());
        let jwk = json!({
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
            "kid": public, "x": public,
        });
        let jwks = json!({ "keys": [jwk] }).to_string();
        Self {
            key,
            key_id: public,
            jwks,
        }
    }

    /// The public key, as the variable `oidc_jwks` holds it.
    #[must_use]
    pub fn jwks(&self) -> &str {
        &self.jwks
    }

    /// Signs any claims.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String> {
        let header = json!({ "typ": "JWT", "alg": "EdDSA", "kid": self.key_id });
        let claims = serde_json::to_vec(claims).context("cannot write the claims as JSON")?;
        let signed = format!(
            "{}.{}",
            BASE64.encode(header.to_string()),
            BASE64.encode(claims)
        );
        let signature = self.key.sign(signed.as_bytes());
        Ok(format!("{signed}.{}", BASE64.encode(signature.to_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::jwk::JwkSet;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation};

    use super::*;

    #[test]
    fn the_published_key_verifies_what_was_signed() {
        let issuer = Issuer::throwaway().unwrap();
        let claims = Claims::new("0198", "alice", Duration::from_secs(60)).unwrap();
        let token = issuer.sign(&claims).unwrap();

        let header = jsonwebtoken::decode_header(&token).unwrap();
        let keys: JwkSet = serde_json::from_str(issuer.jwks()).unwrap();
        let key = keys.find(&header.kid.unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[ISSUER]);
        let key = DecodingKey::from_jwk(key).unwrap();
        let read = jsonwebtoken::decode::<serde_json::Value>(&token, &key, &validation).unwrap();
        assert_eq!(read.claims["organization_id"], "0198");
        assert_eq!(read.claims["sub"], "alice");
        assert!(read.claims.get("sid").is_none());
        assert_eq!(header.typ.as_deref(), Some("JWT"));
    }
}
