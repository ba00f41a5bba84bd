//! A subject's policy as it is cached.

use decisions::SubjectPolicy;
use serde::{Deserialize, Serialize};

/// Another number for each form of [`Content`], since another version of the Shell may have cached it.
const FORMAT: u8 = 2;

/// The cached form of one subject's policy.
#[derive(Clone, Debug)]
pub struct KeptPolicy(Vec<u8>);

/// `Text` is a `String`, or borrows from the cached bytes.
#[derive(Deserialize, Serialize)]
struct Content<Policy> {
    format: u8,
    /// The version of the organization's roles and permissions when the policy was read.
    version: i64,
    policy: Policy,
}

impl KeptPolicy {
    /// The cached form of a policy that was read in this version.
    pub fn new(version: i64, policy: &SubjectPolicy) -> Result<Self, postcard::Error> {
        let content = Content {
            format: FORMAT,
            version,
            policy,
        };
        postcard::to_allocvec(&content).map(Self)
    }

    /// From the cached bytes, if they have this version.
    pub fn of_version(version: i64, kept: Vec<u8>) -> Option<Self> {
        let (format, rest) = postcard::take_from_bytes::<u8>(&kept).ok()?;
        if format != FORMAT {
            return None;
        }
        let (kept_version, _) = postcard::take_from_bytes::<i64>(rest).ok()?;
        (kept_version == version).then_some(Self(kept))
    }

    /// The bytes to cache.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// All bytes except the version and the subject, which is the first of the texts.
    pub fn without_subject(&self) -> Option<&[u8]> {
        let (_, rest) = postcard::take_from_bytes::<(u8, i64, &str)>(&self.0).ok()?;
        Some(rest)
    }

    /// The policy; nothing if it cannot be read.
    pub fn policy(&self) -> Option<SubjectPolicy<&str>> {
        let content: Content<SubjectPolicy<&str>> = postcard::from_bytes(&self.0).ok()?;
        Some(content.policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> SubjectPolicy {
        let json = r#"{"subject": "alice", "may_hold_roles": true, "attributes": "{}",
            "assignments": [{"role": "a", "until": 1, "by_group": "/g"}], "inherits": [["a", "b"]],
            "lines": [{"role": "b", "type": "t", "id": "*", "action": "r", "effect": "deny",
                       "condition": "true"}]}"#;
        serde_json::from_str(json).unwrap()
    }

    /// If this test fails, change [`FORMAT`] first, then the expected bytes.
    #[test]
    fn the_form_is_the_one_that_others_read() {
        let kept = KeptPolicy::new(2, &policy()).unwrap();
        let expected = b"\x02\x04\x05alice\x01\x02{}\x01\x01a\x01\x02\x01\x02/g\x01\x01a\x01b\x01\x01b\x01t\x01*\x01r\x01\x01\x04true";
        assert_eq!(kept.as_bytes(), expected);
        let read = kept.policy().unwrap();
        assert_eq!(format!("{read:?}"), format!("{:?}", policy()));
    }

    #[test]
    fn what_is_the_same_for_others() {
        let kept = KeptPolicy::new(2, &policy()).unwrap();
        let other = SubjectPolicy {
            subject: "bo".to_owned(),
            ..policy()
        };
        let other = KeptPolicy::new(3, &other).unwrap();
        assert_eq!(kept.without_subject(), other.without_subject());
        assert!(kept.without_subject().unwrap().starts_with(b"\x01\x02{}"));
        let disabled = SubjectPolicy {
            may_hold_roles: false,
            ..policy()
        };
        let disabled = KeptPolicy::new(2, &disabled).unwrap();
        assert_ne!(kept.without_subject(), disabled.without_subject());
    }

    #[test]
    fn only_one_of_the_version_counts() {
        let kept = KeptPolicy::new(2, &policy()).unwrap().0;
        assert!(KeptPolicy::of_version(2, kept.clone()).is_some());
        assert!(KeptPolicy::of_version(3, kept.clone()).is_none());
        assert!(KeptPolicy::of_version(2, Vec::new()).is_none());
        let mut other = kept;
        other[0] = FORMAT + 1;
        assert!(KeptPolicy::of_version(2, other).is_none());
    }
}
