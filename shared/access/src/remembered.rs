//! An instance's memory of what callers may do, so that the same decision is not made for each request.
//!
//! Service accounts share a few roles, and need the same few rights again and again. The memory contains decisions of
//! Casbin by policies whose decisions never change, under a key with everything that they depend on: no entry can
//! become stale, because a changed policy has another key.

use std::{cell::RefCell, collections::HashMap};

use crate::{Action, Resource, policies::KeptPolicy};

/// The maximum number of remembered decisions; beyond it, all are dropped.
const MOST: usize = 256;

/// The maximum size of a policy whose decisions are remembered, in bytes.
const LARGEST: usize = 8 * 1024;

thread_local! {
    static DECISIONS: RefCell<HashMap<Vec<u8>, bool>> = RefCell::new(HashMap::new());
}

/// Everything on which a decision depends.
pub struct Key(Vec<u8>);

impl Key {
    /// The key of a decision; nothing if the policy is too large to be remembered.
    pub fn new(policy: &KeptPolicy, action: Action, resource: Resource<'_>) -> Option<Self> {
        let policy = policy.without_subject()?;
        if policy.len() > LARGEST {
            return None;
        }
        let question = [action.name(), resource.kind(), &resource.id()].join("\0");
        Some(Self([question.as_bytes(), b"\0", policy].concat()))
    }
}

/// The remembered decision, if there is one.
pub fn find(key: &Key) -> Option<bool> {
    DECISIONS.with_borrow(|decisions| decisions.get(&key.0).copied())
}

/// Remembers a decision by a policy whose decisions never change.
pub fn keep(key: Key, decided: bool) {
    DECISIONS.with_borrow_mut(|decisions| {
        if decisions.len() >= MOST {
            decisions.clear();
        }
        decisions.insert(key.0, decided);
    });
}

#[cfg(test)]
mod tests {
    use decisions::SubjectPolicy;

    use super::*;

    fn key(subject: &str, may_hold_roles: bool, resource: Resource<'_>) -> Key {
        let policy = SubjectPolicy {
            subject: subject.to_owned(),
            may_hold_roles,
            attributes: "{}".to_owned(),
            ..SubjectPolicy::default()
        };
        let policy = KeptPolicy::new(1, &policy).unwrap();
        Key::new(&policy, Action::Read, resource).unwrap()
    }

    #[test]
    fn who_has_the_same_policy_has_the_same_rights() {
        let role = Resource::Role("editor");
        keep(key("alice", true, role), true);
        assert_eq!(find(&key("bob", true, role)), Some(true));
        assert_eq!(find(&key("alice", false, role)), None);
        assert_eq!(find(&key("alice", true, Resource::Role("viewer"))), None);
        assert_eq!(find(&key("alice", true, Resource::App("editor"))), None);
    }

    #[test]
    fn it_does_not_grow_without_end() {
        for number in 0..2 * MOST {
            let name = number.to_string();
            keep(key("dora", true, Resource::Role(&name)), true);
        }
        assert!(DECISIONS.with_borrow(HashMap::len) <= MOST);
    }
}
