//! The keys of a JWK set (RFC 7517) that may sign tokens, each with what it may sign with.

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
};

pub(super) struct Key {
    pub id: String,
    pub key: DecodingKey,
    /// The key decides the algorithm, never the token.
    pub algorithms: &'static [Algorithm],
}

/// Those of the set that are for signatures, have an id and an accepted algorithm. Providers list
/// others beside them (for encryption, of other curves), which are none of ours.
pub(super) fn signing_keys(jwks: &str) -> Result<Vec<Key>, serde_json::Error> {
    let set: JwkSet = serde_json::from_str(jwks)?;
    Ok(set.keys.iter().filter_map(signing_key).collect())
}

fn signing_key(jwk: &Jwk) -> Option<Key> {
    let for_signatures = matches!(
        jwk.common.public_key_use,
        None | Some(PublicKeyUse::Signature)
    );
    let algorithms = algorithms(jwk)?;
    let key = DecodingKey::from_jwk(jwk).ok()?;
    let id = jwk.common.key_id.clone()?;
    for_signatures.then_some(Key {
        id,
        key,
        algorithms,
    })
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
    use super::*;

    #[test]
    fn only_signing_keys_of_accepted_kinds() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let ed = |rest: &str| format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"{rest}}}"#);
        let jwks = format!(
            r#"{{"keys":[{},{},{},{}]}}"#,
            ed(r#","kid":"good","use":"sig","alg":"EdDSA""#),
            ed(r#","kid":"for encryption","use":"enc""#),
            ed(r#","use":"sig""#),
            r#"{"kty":"oct","kid":"symmetric","k":"c2VjcmV0"}"#,
        );
        let keys = signing_keys(&jwks).unwrap();
        let ids: Vec<_> = keys.iter().map(|key| key.id.as_str()).collect();
        assert_eq!(ids, ["good"]);
        assert_eq!(keys[0].algorithms, [Algorithm::EdDSA]);
    }
}
