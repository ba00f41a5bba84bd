//! Receipts: a token that was checked recently does not have to be checked again, and its caller is admitted to the
//! organizations to which it was admitted then.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{revocation::Hashes, tenant::Caller};

/// For how many seconds a receipt is valid; fewer if the token expires before.
pub const LONGEST_SECONDS: u64 = 60;

/// The key of a token's receipt, by the hash of the whole token.
pub fn key(hashes: &Hashes) -> String {
    ["receipt:", &hashes.whole].concat()
}

/// Another number for each form of [`Receipt`], since another version of the Shell may have cached it.
const FORMAT: u8 = 5;

/// The caller that a token identifies, and until when this may be used without another check.
#[derive(Debug, Deserialize, Serialize)]
pub struct Receipt {
    format: u8,
    caller: Caller,
    /// The thumbprint of the key that signed it.
    key: String,
    /// Until when it is valid, in seconds since the epoch.
    until: u64,
    /// The caller's own organizations into which PostgreSQL let it.
    admitted: Vec<Uuid>,
}

impl Receipt {
    /// The bytes to cache, in a form that is cheap to read.
    pub fn to_bytes(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_allocvec(self)
    }

    /// From the cached bytes.
    pub fn from_bytes(kept: &[u8]) -> Option<Self> {
        postcard::from_bytes(kept)
            .ok()
            .filter(|receipt: &Self| receipt.format == FORMAT)
    }

    /// For a caller whose token is valid until `expires_at`, in seconds since the epoch, and is signed by the key with
    /// this thumbprint. It is not admitted to any organization yet.
    pub fn new(caller: Caller, expires_at: u64, key: String, now: u64) -> Self {
        Self {
            format: FORMAT,
            caller,
            key,
            until: expires_at.min(now + LONGEST_SECONDS),
            admitted: Vec::new(),
        }
    }

    /// The thumbprint of the key that signed the token. Without that key the token is not valid.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// For how many seconds it is still valid. Additions do not prolong it.
    pub fn remaining(&self, now: u64) -> u64 {
        self.until.saturating_sub(now)
    }

    /// Whether PostgreSQL admitted the caller to this organization, its own.
    pub fn has_admitted(&self, own: Uuid) -> bool {
        self.admitted.contains(&own)
    }

    /// Notes that PostgreSQL admitted the caller.
    pub fn admit(&mut self, own: Uuid) {
        self.admitted.push(own);
    }

    /// The caller.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The caller, when nothing else of the receipt is needed any more.
    pub fn into_caller(self) -> Caller {
        self.caller
    }
}

#[cfg(test)]
mod tests {
    use vocabulary::Slug;

    use super::*;
    use crate::tenant::OrganizationClaim;

    fn caller() -> Caller {
        Caller {
            provider: Slug::try_from("default").unwrap(),
            organization: OrganizationClaim::Id(Uuid::nil()),
            subject: "alice".to_owned(),
            session: None,
            token_id: Some("t1".to_owned()),
            client: Some("web".to_owned()),
            issued_at: 2,
        }
    }

    /// If this test fails, change [`FORMAT`] first, then the expected bytes.
    #[test]
    fn the_form_is_the_one_that_others_read() {
        let mut receipt = Receipt::new(caller(), 5_000, "k".to_owned(), 1);
        receipt.admit(Uuid::nil());
        let kept = receipt.to_bytes().unwrap();
        let mut expected = b"\x05\x07default\x01\x10".to_vec();
        expected.extend([0; 16]);
        expected.extend(b"\x05alice\x00\x01\x02t1\x01\x03web\x02\x01k\x3d\x01\x10");
        expected.extend([0; 16]);
        assert_eq!(kept, expected);
        assert!(Receipt::from_bytes(&kept).is_some());
        let mut other = kept;
        other[0] = FORMAT + 1;
        assert!(Receipt::from_bytes(&other).is_none());
    }

    #[test]
    fn good_for_a_minute_or_as_long_as_the_token() {
        let check = |expires_at: u64, now: u64, remaining: u64| {
            let receipt = Receipt::new(caller(), expires_at, "k".to_owned(), 1_000);
            assert_eq!(receipt.remaining(now), remaining, "{expires_at} at {now}");
        };
        check(5_000, 1_059, 1);
        check(5_000, 1_060, 0);
        check(1_010, 1_009, 1);
        check(1_010, 1_010, 0);
    }

    #[test]
    fn lets_into_no_other_organization_than_those_it_was_let_into() {
        let mut receipt = Receipt::new(caller(), 5_000, "k".to_owned(), 1_000);
        assert!(!receipt.has_admitted(Uuid::nil()));
        receipt.admit(Uuid::nil());
        assert!(receipt.has_admitted(Uuid::nil()));
        assert!(!receipt.has_admitted(Uuid::max()));
        assert_eq!(receipt.remaining(1_000), LONGEST_SECONDS);
    }
}
