//! The signature of a delivery: an HMAC of its body, in hexadecimal digits.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Whether this is the signature of the body with the secret. Only HMAC-SHA256 (RFC 2104) is accepted: a SHA-1
/// signature is shorter. An empty secret never matches, since everyone knows it.
pub fn fits(secret: &str, body: &[u8], signature: &str) -> bool {
    if secret.is_empty() {
        return false;
    }
    let Ok(signature) = base16ct::mixed::decode_vec(signature) else {
        return false;
    };
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return false;
    };
    // Compares in constant time.
    mac.chain_update(body).verify_slice(&signature).is_ok()
}

/// The SHA-256 of a body, in hexadecimal digits.
pub fn digest(body: &[u8]) -> String {
    base16ct::lower::encode_string(&Sha256::digest(body))
}

/// Whether a digest, in hexadecimal digits, is the SHA-256 of a body.
pub fn is_digest(body: &[u8], digest: &str) -> bool {
    let Ok(digest) = base16ct::mixed::decode_vec(digest) else {
        return false;
    };
    // MACs are compared in constant time.
    let mac = |bytes: &[u8]| {
        let mac = Hmac::<Sha256>::new_from_slice(&[]).ok()?;
        Some(mac.chain_update(bytes))
    };
    let (Some(of_body), Some(of_digest)) = (mac(&Sha256::digest(body)), mac(&digest)) else {
        return false;
    };
    let of_body = of_body.finalize().into_bytes();
    of_digest.verify_slice(&of_body).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    const SECRET: &str = "Jefe";
    const BODY: &[u8] = b"what do ya want for nothing?";
    const SIGNATURE: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

    #[test]
    fn only_the_secrets_own_signature_of_the_body_fits() {
        assert!(fits(SECRET, BODY, SIGNATURE));
        assert!(fits(SECRET, BODY, &SIGNATURE.to_uppercase()));
        assert!(!fits("jefe", BODY, SIGNATURE));
        assert!(!fits(SECRET, b"what do ya want for nothing", SIGNATURE));
        // The same with SHA-1 (RFC 2202, test case 2).
        let sha1 = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
        for other in [
            "",
            sha1,
            &SIGNATURE[2..],
            &SIGNATURE[1..],
            &format!("{SIGNATURE}00"),
            &format!("sha256={SIGNATURE}"),
            &SIGNATURE.replace('5', "4"),
            &"é".repeat(32),
        ] {
            assert!(!fits(SECRET, BODY, other), "{other}");
        }
    }

    #[test]
    fn an_empty_secret_is_none() {
        let mac = Hmac::<Sha256>::new_from_slice(b"").unwrap();
        let signature = mac.chain_update(BODY).finalize().into_bytes();
        let signature = base16ct::lower::encode_string(&signature);
        assert!(!fits("", BODY, &signature));
    }

    #[test]
    fn a_digest_is_of_the_whole_body() {
        let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest(b""), expected);
        assert!(is_digest(b"", expected) && is_digest(b"", &expected.to_uppercase()));
        for other in ["", "00", &expected[2..], &format!("{expected}00")] {
            assert!(!is_digest(b"", other), "{other}");
        }
        assert!(!is_digest(b" ", expected));
    }
}
