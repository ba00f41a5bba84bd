//! The keys of a JWK set (RFC 7517) that may sign tokens, each with what it may sign with.

use jsonwebtoken::{
    Algorithm, DecodingKey, DecodingKeyKind,
    jwk::{
        AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, KeyOperations, PublicKeyUse,
    },
};
use serde::Serialize;

pub(super) struct Key {
    pub id: String,
    pub key: DecodingKey,
    /// The key decides the algorithm, never the token.
    pub algorithms: &'static [Algorithm],
}

/// What a set comes to.
pub(super) struct SigningKeys {
    pub keys: Vec<Key>,
    /// Keys that seem to be meant for tokens, and may not sign any.
    pub ignored: Vec<Ignored>,
}

/// A key that is not used, and why, as the log says it.
#[derive(Debug, Eq, PartialEq, Serialize)]
pub(super) struct Ignored {
    warning: &'static str,
    kid: Option<String>,
}

/// Bits of the shortest RSA modulus (RFC 7518, section 3.3).
const SHORTEST_MODULUS: usize = 2_048;

/// Those of the set that are for signatures, have an id and an accepted algorithm. Providers list
/// others beside them (for encryption, of other curves), which are none of ours.
pub(super) fn signing_keys(jwks: &str) -> Result<SigningKeys, serde_json::Error> {
    let set: JwkSet = serde_json::from_str(jwks)?;
    let mut found = SigningKeys {
        keys: Vec::new(),
        ignored: Vec::new(),
    };
    for jwk in &set.keys {
        match signing_key(jwk) {
            Some(Ok(key)) => found.keys.push(key),
            Some(Err(warning)) => found.ignored.push(Ignored {
                warning,
                kid: jwk.common.key_id.clone(),
            }),
            None => {}
        }
    }
    Ok(found)
}

fn signing_key(jwk: &Jwk) -> Option<Result<Key, &'static str>> {
    let for_signatures = matches!(
        jwk.common.public_key_use,
        None | Some(PublicKeyUse::Signature)
    );
    let algorithms = algorithms(jwk)?;
    let key = DecodingKey::from_jwk(jwk).ok()?;
    let id = jwk.common.key_id.clone()?;
    for_signatures.then(|| {
        if !may_verify(jwk) {
            return Err("a key of oidc_jwks is ignored: its key_ops lack verify");
        }
        if modulus_bits(&key).is_some_and(|bits| bits < SHORTEST_MODULUS) {
            return Err("a key of oidc_jwks is ignored: RSA of less than 2,048 bits");
        }
        if matches!(jwk.algorithm, AlgorithmParameters::OctetKeyPair(_)) && !has_32_bytes(&key) {
            return Err("a key of oidc_jwks is ignored: Ed25519 of other than 32 bytes");
        }
        Ok(Key {
            id,
            key,
            algorithms,
        })
    })
}

/// Whether the key's operations, where they are named, are those of a key that checks signatures
/// (RFC 7517, section 4.3).
fn may_verify(jwk: &Jwk) -> bool {
    let operations = jwk.common.key_operations.as_ref();
    operations.is_none_or(|operations| operations.contains(&KeyOperations::Verify))
}

/// The library takes it for granted, and panics.
fn has_32_bytes(key: &DecodingKey) -> bool {
    key.try_get_as_bytes().is_ok_and(|bytes| bytes.len() == 32)
}

fn modulus_bits(key: &DecodingKey) -> Option<usize> {
    let DecodingKeyKind::RsaModulusExponent { n, .. } = key.kind() else {
        return None;
    };
    let significant = n.iter().skip_while(|byte| **byte == 0);
    let zeros = significant.clone().next().map_or(0, |b| b.leading_zeros());
    Some((significant.count() * 8).saturating_sub(zeros as usize))
}

fn algorithms(jwk: &Jwk) -> Option<&'static [Algorithm]> {
    match (&jwk.algorithm, jwk.common.key_algorithm) {
        (AlgorithmParameters::RSA(_), None) => Some(&[Algorithm::RS256, Algorithm::PS256]),
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::RS256)) => Some(&[Algorithm::RS256]),
        (AlgorithmParameters::RSA(_), Some(KeyAlgorithm::PS256)) => Some(&[Algorithm::PS256]),
        (AlgorithmParameters::EllipticCurve(ec), None | Some(KeyAlgorithm::ES256))
            if ec.curve == EllipticCurve::P256 =>
        {
            Some(&[Algorithm::ES256])
        }
        (AlgorithmParameters::OctetKeyPair(okp), None | Some(KeyAlgorithm::EdDSA))
            if okp.curve == EllipticCurve::Ed25519 =>
        {
            Some(&[Algorithm::EdDSA])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};

    use super::*;

    fn read(keys: &[String]) -> SigningKeys {
        signing_keys(&format!(r#"{{"keys":[{}]}}"#, keys.join(","))).unwrap()
    }

    fn ids(found: &SigningKeys) -> Vec<&str> {
        found.keys.iter().map(|key| key.id.as_str()).collect()
    }

    fn ed(rest: &str) -> String {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"{rest}}}"#)
    }

    #[test]
    fn only_signing_keys_of_accepted_kinds() {
        let found = read(&[
            ed(r#","kid":"good","use":"sig","alg":"EdDSA""#),
            ed(r#","kid":"for encryption","use":"enc""#),
            ed(r#","use":"sig""#),
            r#"{"kty":"oct","kid":"symmetric","k":"c2VjcmV0"}"#.to_owned(),
        ]);
        assert_eq!(ids(&found), ["good"]);
        assert_eq!(found.keys[0].algorithms, [Algorithm::EdDSA]);
        // Every provider has some of these; they are no news.
        assert_eq!(found.ignored, []);
    }

    #[test]
    fn short_rsa_keys_are_ignored_and_named() {
        let rsa = |kid: &str, modulus: &[u8]| {
            let n = BASE64.encode(modulus);
            format!(r#"{{"kty":"RSA","kid":"{kid}","n":"{n}","e":"AQAB"}}"#)
        };
        let found = read(&[
            rsa("2048", &[0x80; 256]),
            // With the zero that some write before the first bit.
            rsa("padded", &[&[0], &[0x80; 256][..]].concat()),
            rsa("2047", &[0x7f; 256]),
            rsa("2040 and a zero", &[&[0], &[0xff; 255][..]].concat()),
            rsa("nothing", &[]),
        ]);
        assert_eq!(ids(&found), ["2048", "padded"]);
        let named: Vec<_> = found.ignored.iter().map(|key| key.kid.as_deref()).collect();
        assert_eq!(
            named,
            [Some("2047"), Some("2040 and a zero"), Some("nothing")]
        );
    }

    #[test]
    fn a_key_of_the_wrong_length_is_ignored_and_named() {
        let found = read(&[
            r#"{"kty":"OKP","crv":"Ed25519","kid":"short","x":"AAAA"}"#.to_owned(),
            ed(r#","kid":"whole""#),
        ]);
        assert_eq!(ids(&found), ["whole"]);
        assert_eq!(found.ignored.len(), 1);
    }

    #[test]
    fn keys_for_other_operations_are_ignored_and_named() {
        let found = read(&[
            ed(r#","kid":"both","key_ops":["sign","verify"]"#),
            ed(r#","kid":"signs","key_ops":["sign"]"#),
            ed(r#","kid":"does nothing","key_ops":[]"#),
        ]);
        assert_eq!(ids(&found), ["both"]);
        assert_eq!(found.ignored.len(), 2);
        assert_eq!(
            serde_json::to_value(&found.ignored[0]).unwrap(),
            serde_json::json!({
                "warning": "a key of oidc_jwks is ignored: its key_ops lack verify", "kid": "signs",
            })
        );
    }
}
