//! Tokens that no library would create, and a provider to check them.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use clock::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, jwk::Jwk};
use serde_json::{Value, json};
use vocabulary::Slug;

use super::{
    Provider, Verified,
    issuer::description::{Description, Kind},
    provider::Refusal,
};

pub const NOW: Timestamp = Timestamp::from_unix(1_000, 0);

/// A key whose private part consists of this byte, repeated.
pub fn key(seed: u8) -> EncodingKey {
    // RFC 8410, section 7.
    let head = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
    EncodingKey::from_ed_der(&[&head[..], &[seed; 32]].concat())
}

pub fn public(seed: u8, kid: &str) -> Value {
    let jwk = Jwk::from_encoding_key(&key(seed), Algorithm::EdDSA).unwrap();
    let mut jwk = serde_json::to_value(jwk).unwrap();
    jwk["kid"] = kid.into();
    jwk
}

/// The provider with a key that is named `one` and has the seed 1.
pub fn provider() -> Provider {
    let jwks = json!({ "keys": [public(1, "one")] }).to_string();
    described("issuer", "shell", &jwks)
}

pub fn described(issuer: &str, audience: &str, jwks: &str) -> Provider {
    let description = Description {
        kind: Kind::IdentityProvider,
        slug: Slug::try_from("default").unwrap(),
        issuer: issuer.to_owned(),
        audience: audience.to_owned(),
        longest_token: Duration::from_secs(86_400),
        keys_at: None,
    };
    Provider::configured(description, jwks).unwrap()
}

pub const HEADER: &str = r#"{"alg":"EdDSA","kid":"one"}"#;
pub const CLAIMS: &str = r#"{"iss":"issuer","aud":"shell","sub":"alice","iat":1000,"exp":2000}"#;

/// Any bytes as header and claims, signed with the key that has this seed.
pub fn signed(seed: u8, header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
    let message = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key(seed), Algorithm::EdDSA);
    format!("{message}.{}", signature.unwrap())
}

/// The same, with additional members at the end of the header and of the claims.
pub fn token(header: &str, claims: &str) -> String {
    signed(1, with(HEADER, header), with(CLAIMS, claims))
}

/// An object with additional members, unchanged.
pub fn with(object: &str, members: &str) -> String {
    let comma = if members.is_empty() { "" } else { "," };
    format!("{}{comma}{members}}}", object.strip_suffix('}').unwrap())
}

pub fn judge(provider: &Provider, token: &str, now: Timestamp) -> Result<Verified, &'static str> {
    provider
        .verify(token, now)
        .map_err(|refusal| match refusal {
            Refusal::Final(unaccepted) => unaccepted.0,
            Refusal::NoKey(unproven) => unproven.unaccepted.0,
        })
}
