//! The two hashes of a token: one of the token as it was sent, and one of its signed part, which a different form of
//! the signature does not change.

use sha2::{Digest, Sha256};

/// The SHA-256 of a token, in hex.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hashes {
    /// Of the whole token: it identifies a token that was checked, since a token with another signature may be invalid.
    pub whole: String,
    /// Of the signed part (header, dot and claims): it identifies a token that was revoked, since a signature can have
    /// a second valid form, as every ES256 signature has.
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
    /// The hashes of a token as it was sent.
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
