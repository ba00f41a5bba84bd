//! What one subject needs for its decisions in one organization, as PostgreSQL tells it.

use serde::Deserialize;

use crate::question::Properties;

/// One subject's policy in one organization.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct SubjectPolicy {
    /// The subject's `external_id`.
    pub subject: String,
    /// False for who is known as a person of the organization's identity provider and is no member, or is
    /// disabled: nothing is allowed to it.
    pub may_hold_roles: bool,
    /// The membership's attributes.
    pub attributes: Properties,
    /// The roles that the subject was assigned.
    pub assignments: Vec<Assignment>,
    /// Which role inherits which, for every role reachable from the assigned ones.
    pub inherits: Vec<(String, String)>,
    /// The permissions of every role reachable.
    pub lines: Vec<Line>,
}

/// A role that a subject was assigned.
#[derive(Clone, Debug, Deserialize)]
pub struct Assignment {
    /// The role's slug.
    pub role: String,
    /// When it ends, in microseconds since the epoch.
    pub until: Option<i64>,
}

impl Assignment {
    /// Whether it counts at a moment. It no longer does at the moment at which it ends.
    pub(crate) fn counts(&self, now_microseconds: i64) -> bool {
        self.until.is_none_or(|until| now_microseconds < until)
    }
}

/// What a role may or may not do.
#[derive(Clone, Debug, Deserialize)]
pub struct Line {
    /// The role's slug.
    pub role: String,
    /// The resource's type; `*` for any.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// The resource's id; `*` for any.
    pub id: String,
    /// The action's name; `*` for any.
    pub action: String,
    /// Whether the line allows or denies.
    pub effect: Effect,
    /// When the line counts, in CEL; always without one.
    pub condition: Option<String>,
}

/// What a line does.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Allows, unless another line denies.
    Allow,
    /// Denies, whatever else allows.
    Deny,
}

impl Effect {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_that_postgresql_makes() {
        let policy: SubjectPolicy = serde_json::from_str(
            r#"{"subject": "alice", "may_hold_roles": true, "attributes": {"department": "sales"},
                "assignments": [{"role": "editor", "until": 1790000000000000},
                                {"role": "admin", "until": null}],
                "inherits": [["editor", "viewer"]],
                "lines": [{"role": "viewer", "type": "doc", "id": "*", "action": "read",
                           "effect": "allow", "condition": null}]}"#,
        )
        .unwrap();
        assert_eq!(policy.attributes["department"], "sales");
        assert_eq!(policy.inherits, [("editor".into(), "viewer".into())]);
        assert_eq!(policy.lines[0].effect, Effect::Allow);
        assert!(policy.lines[0].condition.is_none());
        assert!(policy.assignments[0].counts(1_789_999_999_999_999));
        assert!(!policy.assignments[0].counts(1_790_000_000_000_000));
        assert!(policy.assignments[1].counts(i64::MAX));
    }
}
