//! A key with which an issuer signs.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::{Algorithm, EncodingKey, jwk::Jwk};
use p256::pkcs8::EncodePrivateKey as _;
use rand_core::{OsRng, RngCore as _};
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use serde::Serialize;
use serde_json::{Value, json};

/// A key pair and its `kid`.
#[derive(Clone)]
pub struct Signer {
    /// Its `kid`.
    pub kid: String,
    algorithm: Algorithm,
    private: EncodingKey,
    public: Value,
}

impl Signer {
    /// A new key for EdDSA.
    pub fn ed25519(kid: &str) -> Self {
        // RFC 8410, section 7.
        let mut document = vec![48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
        let mut seed = [0; 32];
        OsRng.fill_bytes(&mut seed);
        document.extend(seed);
        Self::of(kid, Algorithm::EdDSA, EncodingKey::from_ed_der(&document))
    }

    /// A new key for ES256.
    pub fn p256(kid: &str) -> Self {
        let document = p256::SecretKey::random(&mut OsRng).to_pkcs8_der().unwrap();
        let private = EncodingKey::from_ec_der(document.as_bytes());
        Self::of(kid, Algorithm::ES256, private)
    }

    /// A new key for RS256, which takes a while to generate.
    pub fn rsa(kid: &str) -> Self {
        let key = rsa::RsaPrivateKey::new(&mut OsRng, 2048).unwrap();
        let document = key.to_pkcs1_der().unwrap();
        let private = EncodingKey::from_rsa_der(document.as_bytes());
        Self::of(kid, Algorithm::RS256, private)
    }

    fn of(kid: &str, algorithm: Algorithm, private: EncodingKey) -> Self {
        let public = Jwk::from_encoding_key(&private, algorithm).unwrap();
        let mut public = serde_json::to_value(public).unwrap();
        public["kid"] = kid.into();
        public["use"] = "sig".into();
        Self {
            kid: kid.to_owned(),
            algorithm,
            private,
            public,
        }
    }

    /// Its public key.
    pub fn jwk(&self) -> Value {
        self.public.clone()
    }

    /// The same for encryption, as some issuers publish it beside those that sign.
    pub fn jwk_for_encryption(&self) -> Value {
        let mut jwk = self.jwk();
        jwk["use"] = "enc".into();
        jwk
    }

    /// A token with this key's `kid`.
    pub fn sign(&self, claims: &impl Serialize) -> String {
        let header = json!({"typ": "JWT", "alg": self.algorithm, "kid": self.kid});
        self.sign_with(&header, claims)
    }

    /// The same with another `typ`.
    pub fn sign_as(&self, typ: &str, claims: &impl Serialize) -> String {
        let header = json!({"typ": typ, "alg": self.algorithm, "kid": self.kid});
        self.sign_with(&header, claims)
    }

    /// A token with any header.
    pub fn sign_with(&self, header: &Value, claims: &impl Serialize) -> String {
        let claims = serde_json::to_vec(claims).unwrap();
        let signed = [BASE64.encode(header.to_string()), BASE64.encode(claims)].join(".");
        let signature =
            jsonwebtoken::crypto::sign(signed.as_bytes(), &self.private, self.algorithm);
        [signed, signature.unwrap()].join(".")
    }
}
