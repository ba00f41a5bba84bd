//! The two hashes of a token: one of the token as it was sent, and one of its signed part, which a different form of
//! the signature does not change.

use sha2::{Digest, Sha256};

/// The SHA-256 of a token, in hex.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hashes {
    /// Of all of it: what was checked is known by this one, since another signature may be wrong.
    pub whole: String,
    /// Of what is signed, header, dot and claims: what is revoked is known by this one, since a signature may have a
    /// second form that is as good, as each of ES256 has.
    pub signed: String,
}

/// The SHA-256 of a text in hex.
pub fn sha256(text: &str) -> String {
    hex(Sha256::new_with_prefix(text))
}

fn hex(hash: Sha256) -> String {
    base16ct::lower::encode_string(&hash.finalize())
}

impl Hashes {
    /// Of a token as it was sent.
    pub fn of(token: &str) -> Self {
        let end = token.rfind('.').unwrap_or(token.len());
        let (signed, signature) = token.split_at(end);
        let signed = Sha256::new_with_prefix(signed);
        let whole = signed.clone().chain_update(signature);
        Self {
            whole: hex(whole),
            signed: hex(signed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_knows_of_the_signature() {
        let hashes = Hashes::of("head.claims.signature");
        assert_eq!(hashes.whole, sha256("head.claims.signature"));
        assert_eq!(hashes.signed, sha256("head.claims"));
        let other = Hashes::of("head.claims.another");
        assert_ne!(other.whole, hashes.whole);
        assert_eq!(other.signed, hashes.signed);
        assert_eq!(Hashes::of("nothing").signed, sha256("nothing"));
    }
}
