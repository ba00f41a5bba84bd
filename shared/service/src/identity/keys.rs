//! The keys of a JWK set (RFC 7517) that may sign tokens, with the algorithms of each.

use jsonwebtoken::{
    Algorithm, DecodingKey, DecodingKeyKind,
    jwk::{
        AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm,
        KeyOperations, PublicKeyUse, ThumbprintHash,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A key that may sign tokens.
pub struct Key {
    /// The key's name in tokens: its `kid`.
    pub id: String,
    /// The thumbprint of the key itself, whatever its name is (RFC 7638).
    pub thumbprint: String,
    /// The key.
    pub key: DecodingKey,
    /// The key decides the algorithm, never the token.
    pub algorithms: &'static [Algorithm],
}

/// The result of reading a set.
pub struct SigningKeys {
    /// The keys that may sign tokens.
    pub keys: Vec<Key>,
    /// The same keys as they are in the set.
    standing: Vec<Jwk>,
    /// Keys that seem to be meant for tokens, but may not sign any.
    pub ignored: Vec<Ignored>,
}

/// A key that is not used, with the reason, as it is logged.
#[derive(Debug, Eq, PartialEq, Serialize)]
pub struct Ignored {
    warning: &'static str,
    provider: String,
    kid: Option<String>,
}

/// Why no keys can be read from a set.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unreadable {
    /// It is not a JSON document as RFC 7517 describes it.
    #[error("it is not a JWK set (RFC 7517)")]
    NoSet,
    /// A token could make the Shell try all of them.
    #[error("it has more than 100 keys")]
    TooMany,
}

/// The maximum number of keys in a set.
const MOST_KEYS: usize = 100;

/// Each key is parsed by itself, so that one that cannot be read does not affect the others.
#[derive(Deserialize)]
struct Set {
    keys: Vec<Box<RawValue>>,
}

/// The minimum number of bits of an RSA modulus (RFC 7518, section 3.3).
const SHORTEST_MODULUS: usize = 2_048;

/// The keys of a provider's set that are for signatures, and have an id and an accepted algorithm. Providers list
/// other keys beside them (for encryption, or of other curves), which are ignored.
pub fn signing_keys(provider: &str, jwks: &str) -> Result<SigningKeys, Unreadable> {
    let set: Set = serde_json::from_str(jwks).map_err(|_| Unreadable::NoSet)?;
    if set.keys.len() > MOST_KEYS {
        return Err(Unreadable::TooMany);
    }
    let mut found = SigningKeys {
        keys: Vec::new(),
        standing: Vec::new(),
        ignored: Vec::new(),
    };
    for jwk in &set.keys {
        let Ok(jwk) = serde_json::from_str::<Jwk>(jwk.get()) else {
            continue;
        };
        match signing_key(&jwk) {
            Some(Ok(key)) => {
                found.keys.push(key);
                found.standing.push(jwk);
            }
            Some(Err(warning)) => found.ignored.push(Ignored {
                warning,
                provider: provider.to_owned(),
                kid: jwk.common.key_id,
            }),
            None => {}
        }
    }
    Ok(found)
}

impl SigningKeys {
    /// A set of these keys only, without the members that are not read here.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let bare = |jwk: &Jwk| Jwk {
            common: CommonParameters {
                public_key_use: jwk.common.public_key_use.clone(),
                key_operations: jwk.common.key_operations.clone(),
                key_algorithm: jwk.common.key_algorithm,
                key_id: jwk.common.key_id.clone(),
                ..CommonParameters::default()
            },
            algorithm: jwk.algorithm.clone(),
        };
        let keys = self.standing.iter().map(bare).collect();
        serde_json::to_string(&JwkSet { keys })
    }
}

fn signing_key(jwk: &Jwk) -> Option<Result<Key, &'static str>> {
    let for_signatures = matches!(
        jwk.common.public_key_use,
        None | Some(PublicKeyUse::Signature)
    );
    let algorithms = algorithms(jwk)?;
    let key = DecodingKey::from_jwk(jwk).ok()?;
    let id = jwk.common.key_id.clone()?;
    let thumbprint = jwk.thumbprint(ThumbprintHash::SHA256).ok()?;
    for_signatures.then(|| {
        if !may_verify(jwk) {
            return Err("an issuer's key is ignored: its key_ops do not include verify");
        }
        if modulus_bits(&key).is_some_and(|bits| bits < SHORTEST_MODULUS) {
            return Err("an issuer's key is ignored: an RSA key has fewer than 2,048 bits");
        }
        if matches!(jwk.algorithm, AlgorithmParameters::OctetKeyPair(_)) && !has_32_bytes(&key) {
            return Err("an issuer's key is ignored: an Ed25519 key does not have 32 bytes");
        }
        Ok(Key {
            id,
            thumbprint,
            key,
            algorithms,
        })
    })
}

/// Whether the key's operations, if there are any, include that of checking signatures (RFC 7517, section 4.3).
fn may_verify(jwk: &Jwk) -> bool {
    let operations = jwk.common.key_operations.as_ref();
    operations.is_none_or(|operations| operations.contains(&KeyOperations::Verify))
}

/// The library relies on this, and would panic.
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
        signing_keys("default", &format!(r#"{{"keys":[{}]}}"#, keys.join(","))).unwrap()
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
        // Every provider has some of these, so they are not logged.
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
            // With the zero byte that some write before the first bit.
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
                "warning": "an issuer's key is ignored: its key_ops do not include verify",
                "provider": "default", "kid": "signs",
            })
        );
    }

    #[test]
    fn a_key_that_cannot_be_read_does_not_spoil_the_others() {
        let found = read(&[
            r#"{"kty":7}"#.to_owned(),
            "null".to_owned(),
            r#"{"kty":"RSA","kid":"half","n":"AQAB"}"#.to_owned(),
            ed(r#","kid":"chained","x5c":"none""#),
            ed(r#","kid":"good""#),
        ]);
        assert_eq!(ids(&found), ["good"]);
    }

    #[test]
    fn sets_are_bounded_and_have_a_form() {
        let of = |count: usize| {
            let key = ed(r#","kid":"a""#);
            let json = format!(r#"{{"keys":[{}]}}"#, vec![key; count].join(","));
            signing_keys("default", &json).map(|found| found.keys.len())
        };
        assert_eq!(of(MOST_KEYS), Ok(MOST_KEYS));
        assert_eq!(of(MOST_KEYS + 1), Err(Unreadable::TooMany));
        for other in ["", "[]", "{}", r#"{"keys":{}}"#] {
            let read = signing_keys("default", other).map(|found| found.keys.len());
            assert_eq!(read, Err(Unreadable::NoSet), "{other}");
        }
    }

    #[test]
    fn what_is_kept_of_a_set_reads_the_same() {
        let found = read(&[
            ed(r#","kid":"one","use":"sig","alg":"EdDSA","x5c":["MIIC"],"x5t":"AA""#),
            ed(r#","kid":"two","key_ops":["verify"]"#),
            ed(r#","kid":"other","use":"enc""#),
        ]);
        let json = found.to_json().unwrap();
        assert!(!json.contains("x5") && !json.contains("other"), "{json}");
        let again = signing_keys("default", &json).unwrap();
        assert_eq!(ids(&again), ["one", "two"]);
        assert_eq!(again.keys[0].thumbprint, found.keys[0].thumbprint);
        assert_eq!(again.keys[0].algorithms, [Algorithm::EdDSA]);
    }

    /// The example of RFC 8037, appendix A.3.
    #[test]
    fn a_key_has_the_thumbprint_of_the_standard() {
        let found = read(&[ed(r#","kid":"one""#)]);
        let expected = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
        assert_eq!(found.keys[0].thumbprint, expected);
    }
}
