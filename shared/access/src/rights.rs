//! What a caller may do: a decision by its own policy, in its own organization.

use decisions::{AskedBy, Decision, Question, decide, reads_resource};
use service::problem::Problem;

use crate::{
    Action, Resource,
    policies::{Granted, KeptPolicy},
    remembered::{self, Key},
};

/// The organization that may act for every other.
const PLATFORM: &str = "platform";

/// A caller's policy in its own organization.
#[derive(Clone, Debug)]
pub struct Rights {
    /// The caller's `external_id`.
    subject: String,
    granted: Granted,
    policy: KeptPolicy,
}

impl Rights {
    /// The rights by a caller's own policy.
    pub fn new(subject: String, granted: Granted, policy: KeptPolicy) -> Self {
        Self {
            subject,
            granted,
            policy,
        }
    }

    /// Whether a caller that names this organization enters another one than its own, and needs the right to do so. A
    /// caller outside platform can only name its own; PostgreSQL ensures that.
    pub fn acts_for(&self, named: &str) -> bool {
        self.granted.of_platform && named != PLATFORM
    }

    /// Whether the caller's own organization is platform.
    pub fn is_of_platform(&self) -> bool {
        self.granted.of_platform
    }

    /// Decides, at a time in microseconds since the epoch, if the decision does not depend on the stored data of the
    /// resource; otherwise returns nothing.
    pub fn decide_without_stored(
        &self,
        action: Action,
        resource: Resource<'_>,
        now: i64,
    ) -> Result<Option<bool>, Problem> {
        if resource.is_of_platform() && !self.granted.of_platform {
            return Ok(Some(false));
        }
        let key = Key::new(&self.policy, action, resource);
        if let Some(decided) = key.as_ref().and_then(remembered::find) {
            return Ok(Some(decided));
        }
        let id = resource.id();
        let question = self.question(action, resource.kind(), &id);
        let policy = self.policy.policy().ok_or_else(unreadable)?;
        let may_be_read = self.granted.may_store(resource.kind());
        if may_be_read && reads_resource(&policy, &question, now) {
            return Ok(None);
        }
        let decided = allowed(decide(&policy, &question, None, now))?;
        if let Some(key) = key.filter(|_| policy.is_constant()) {
            remembered::keep(key, decided);
        }
        Ok(Some(decided))
    }

    /// Decides with the stored properties of the resource, if it is stored: an object, as JSON.
    pub fn decide(
        &self,
        action: Action,
        resource: Resource<'_>,
        stored: Option<&str>,
        now: i64,
    ) -> Result<bool, Problem> {
        let id = resource.id();
        let question = self.question(action, resource.kind(), &id);
        let policy = self.policy.policy().ok_or_else(unreadable)?;
        allowed(decide(&policy, &question, stored, now))
    }

    fn question<'q>(&'q self, action: Action, kind: &'q str, id: &'q str) -> Question<'q> {
        Question {
            asked_by: AskedBy::EndUser,
            subject_type: "user",
            subject_id: &self.subject,
            subject_properties: None,
            action_name: action.name(),
            action_properties: None,
            resource_type: kind,
            resource_id: id,
            resource_properties: None,
            context: None,
        }
    }
}

fn allowed(decision: Decision) -> Result<bool, Problem> {
    match decision.failure {
        Some(failure) => Err(Problem::internal(failure)),
        None => Ok(decision.allowed),
    }
}

fn unreadable() -> Problem {
    Problem::internal("the policy cannot be read")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn rights(of_platform: bool, permissions: &[(&str, &str, &str)]) -> Rights {
        rights_where(of_platform, permissions, None)
    }

    fn rights_where(
        of_platform: bool,
        permissions: &[(&str, &str, &str)],
        condition: Option<&str>,
    ) -> Rights {
        let lines = permissions.iter().map(|(kind, id, action)| {
            json!({"role": "r", "type": kind, "id": id, "action": action, "effect": "allow",
                "condition": condition})
        });
        let policy = json!({
            "subject": "alice", "may_hold_roles": true, "attributes": "{}", "inherits": [],
            "assignments": [{"role": "r", "until": null}], "lines": lines.collect::<Vec<_>>(),
        });
        let policy = serde_json::from_value(policy).unwrap();
        let stored_types = Some(vec!["role".to_owned()]);
        let granted = Granted::new(Uuid::nil(), of_platform, 1, stored_types);
        Rights::new(
            "alice".to_owned(),
            granted,
            KeptPolicy::new(1, &policy).unwrap(),
        )
    }

    fn check(rights: &Rights, action: Action, resource: Resource<'_>, expected: bool) {
        let decision = rights.decide_without_stored(action, resource, 0);
        assert_eq!(decision.unwrap(), Some(expected), "{action:?} {resource:?}");
    }

    #[test]
    fn exactly_what_a_permission_says() {
        let rights = rights(
            false,
            &[("role", "editor", "write"), ("audit_event", "*", "read")],
        );
        check(&rights, Action::Write, Resource::Role("editor"), true);
        check(&rights, Action::Read, Resource::Role("editor"), false);
        check(&rights, Action::Write, Resource::Role("viewer"), false);
        check(&rights, Action::Write, Resource::Role("*"), false);
        check(&rights, Action::Read, Resource::AuditEvent, true);
        check(&rights, Action::Evaluate, Resource::Decision, false);
    }

    #[test]
    fn what_is_platforms_is_nobody_elses() {
        let anything = [("*", "*", "*")];
        let (own, platform) = (rights(false, &anything), rights(true, &anything));
        check(&own, Action::Write, Resource::Role("editor"), true);
        check(&own, Action::Erase, Resource::User("alice"), true);
        for resource in [
            Resource::App("drive"),
            Resource::Organization("acme"),
            Resource::Person("alice"),
        ] {
            check(&own, Action::Write, resource, false);
            check(&platform, Action::Write, resource, true);
        }
    }

    #[test]
    fn what_is_stored_may_decide() {
        let condition = Some("resource.properties.status == 'open'");
        let lines = [("role", "*", "write"), ("audit_event", "*", "read")];
        let rights = rights_where(false, &lines, condition);
        let decide = |stored| rights.decide(Action::Write, Resource::Role("editor"), stored, 0);
        let first = |action, resource| rights.decide_without_stored(action, resource, 0).unwrap();
        assert_eq!(first(Action::Write, Resource::Role("editor")), None);
        assert!(decide(Some(r#"{"status": "open"}"#)).unwrap());
        assert!(!decide(Some(r#"{"status": "shut"}"#)).unwrap());
        assert!(!decide(None).unwrap());
        // No line applies to it, or no resource of its type is stored.
        assert_eq!(first(Action::Read, Resource::Role("editor")), Some(false));
        assert_eq!(first(Action::Read, Resource::AuditEvent), Some(false));
    }

    #[test]
    fn who_acts_for_whom() {
        assert!(rights(true, &[]).acts_for("acme"));
        assert!(!rights(true, &[]).acts_for("platform"));
        // It names its own organization, or one that PostgreSQL does not let it enter.
        assert!(!rights(false, &[]).acts_for("acme"));
    }
}
