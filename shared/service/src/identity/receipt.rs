//! A receipt: a token that was checked a moment ago need not be checked again.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use vocabulary::Slug;

use crate::tenant::{Caller, OrganizationClaim};

/// Seconds that a receipt is good for; less where the token ends before.
pub const LONGEST_SECONDS: u64 = 60;

/// The SHA-256 of a token in hex: what stands in Redis instead of it.
pub fn token_hash(token: &str) -> String {
    base16ct::lower::encode_string(&Sha256::digest(token))
}

/// Where a token's receipt stands.
pub fn key(token_hash: &str) -> String {
    ["receipt:", token_hash].concat()
}

/// Another one for every other shape of [`Receipt`]: another version of the Shell may have kept it.
const FORMAT: u8 = 3;

/// The caller that was made of the token, and until when that may be taken for granted.
#[derive(Debug, Deserialize, Serialize)]
pub struct Receipt {
    format: u8,
    provider: Slug,
    organization: OrganizationClaim,
    subject: String,
    session: Option<String>,
    token_id: Option<String>,
    issued_at: Option<u64>,
    /// The thumbprint of the key that signed it.
    key: String,
    /// Seconds since the epoch.
    until: u64,
}

impl Receipt {
    /// As it is kept: a form that costs little to read.
    pub fn to_bytes(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_allocvec(self)
    }

    /// Of what was kept.
    pub fn from_bytes(kept: &[u8]) -> Option<Self> {
        postcard::from_bytes(kept)
            .ok()
            .filter(|receipt: &Self| receipt.format == FORMAT)
    }

    /// For a caller whose token is valid until `expires_at`, in seconds since the epoch, and signed by the key of
    /// this thumbprint.
    pub fn new(caller: &Caller, expires_at: u64, key: &str, now: u64) -> Self {
        Self {
            format: FORMAT,
            provider: caller.provider.clone(),
            organization: caller.organization.clone(),
            subject: caller.subject.clone(),
            session: caller.session.clone(),
            token_id: caller.token_id.clone(),
            issued_at: caller.issued_at,
            key: key.to_owned(),
            until: expires_at.min(now + LONGEST_SECONDS),
        }
    }

    /// The thumbprint of the key that signed the token. Without that key the token is worth nothing.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Seconds that it is still good for.
    pub fn remaining(&self, now: u64) -> u64 {
        self.until.saturating_sub(now)
    }

    /// The caller, while it is good.
    pub fn caller(self, now: u64) -> Option<Caller> {
        (self.remaining(now) > 0).then_some(Caller {
            provider: self.provider,
            organization: self.organization,
            subject: self.subject,
            session: self.session,
            token_id: self.token_id,
            issued_at: self.issued_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::tenant::Name;

    /// What fails here needs another [`FORMAT`], then other bytes.
    #[test]
    fn the_form_is_the_one_that_others_read() {
        let caller = Caller {
            provider: Slug::try_from("default").unwrap(),
            organization: OrganizationClaim::Id(Uuid::nil()),
            subject: "alice".to_owned(),
            session: None,
            token_id: Some("t1".to_owned()),
            issued_at: Some(2),
        };
        let kept = Receipt::new(&caller, 5_000, "k", 1).to_bytes().unwrap();
        let mut expected = b"\x03\x07default\x01\x10".to_vec();
        expected.extend([0; 16]);
        expected.extend(b"\x05alice\x00\x01\x02t1\x01\x02\x01k\x3d");
        assert_eq!(kept, expected);
        assert!(Receipt::from_bytes(&kept).is_some());
        let mut other = kept;
        other[0] = FORMAT + 1;
        assert!(Receipt::from_bytes(&other).is_none());
    }

    #[test]
    fn good_for_a_minute_or_as_long_as_the_token() {
        let caller = Caller {
            provider: Slug::try_from("default").unwrap(),
            organization: OrganizationClaim::Names(vec![Name {
                alias: "acme".to_owned(),
                id: Some("88".to_owned()),
            }]),
            subject: "alice".to_owned(),
            session: None,
            token_id: Some("t1".to_owned()),
            issued_at: Some(2),
        };
        let check = |expires_at: u64, now: u64, good: bool| {
            let receipt = Receipt::new(&caller, expires_at, "k", 1_000);
            assert_eq!(
                receipt.caller(now),
                good.then(|| caller.clone()),
                "{expires_at} at {now}"
            );
        };
        check(5_000, 1_059, true);
        check(5_000, 1_060, false);
        check(1_010, 1_009, true);
        check(1_010, 1_010, false);
    }
}
