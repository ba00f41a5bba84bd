//! The cached value that grants a caller its path to a tenant.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Another number for each form of [`Granted`], since another version of the Shell may have cached it.
const FORMAT: u8 = 1;

/// The fact that PostgreSQL granted a path to a tenant, and what applies to all policies there.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Granted {
    format: u8,
    /// The organization that is entered.
    pub organization: Uuid,
    /// Whether the caller's own organization is platform.
    pub of_platform: bool,
    /// The version of the organization's roles and permissions: a policy of another version is stale.
    pub version: i64,
    /// The types of which the organization stores resources; `None` if any type may be one of them.
    pub stored_types: Option<Vec<String>>,
}

impl Granted {
    /// From PostgreSQL's answer.
    pub fn new(
        organization: Uuid,
        of_platform: bool,
        version: i64,
        stored_types: Option<Vec<String>>,
    ) -> Self {
        Self {
            format: FORMAT,
            organization,
            of_platform,
            version,
            stored_types,
        }
    }

    /// The bytes to cache, in a form that is cheap to read.
    pub fn to_bytes(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_allocvec(self)
    }

    /// From the cached bytes.
    pub fn from_bytes(kept: &[u8]) -> Option<Self> {
        let granted = postcard::from_bytes(kept).ok();
        granted.filter(|granted: &Self| granted.format == FORMAT)
    }

    /// Whether the organization may store resources of a type.
    pub fn may_store(&self, kind: &str) -> bool {
        let types = self.stored_types.as_ref();
        types.is_none_or(|types| types.iter().any(|stored| stored == kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// If this test fails, change [`FORMAT`] first, then the expected bytes.
    #[test]
    fn the_form_is_the_one_that_others_read() {
        let granted = Granted::new(Uuid::nil(), true, 3, Some(vec!["doc".to_owned()]));
        let kept = granted.to_bytes().unwrap();
        let mut expected = b"\x01\x10".to_vec();
        expected.extend([0; 16]);
        expected.extend(b"\x01\x06\x01\x01\x03doc");
        assert_eq!(kept, expected);
        assert_eq!(Granted::from_bytes(&kept), Some(granted));
        let mut other = kept;
        other[0] = FORMAT + 1;
        assert_eq!(Granted::from_bytes(&other), None);
    }

    #[test]
    fn which_types_may_be_stored() {
        let check = |types: Option<&[&str]>, expected| {
            let types = types.map(|types| types.iter().map(|&one| one.to_owned()).collect());
            let granted = Granted::new(Uuid::nil(), false, 0, types);
            assert_eq!(granted.may_store("doc"), expected);
        };
        check(Some(&[]), false);
        check(Some(&["file"]), false);
        check(Some(&["doc", "file"]), true);
        check(None, true);
    }
}
