//! One subject's policy in one organization, as PostgreSQL returns it and as it is cached.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// One subject's policy in one organization. Its texts are owned, or borrowed from the cached bytes.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct SubjectPolicy<Text = String> {
    /// The subject's `external_id`.
    pub subject: Text,
    /// False for a user of the organization's identity provider who is not a member or is disabled: nothing is
    /// allowed then.
    pub may_hold_roles: bool,
    /// The user's attributes, with those of the membership in preference: an object, as JSON.
    pub attributes: Text,
    /// The roles that were assigned to the subject, and those that it holds through its groups.
    pub assignments: Vec<Assignment<Text>>,
    /// Which role inherits which, for every role that can be reached from these.
    pub inherits: Vec<(Text, Text)>,
    /// The permissions of every role that can be reached.
    pub lines: Vec<Line<Text>>,
}

impl<Text> SubjectPolicy<Text> {
    /// Whether its decisions are the same at every time and for all properties that are sent or stored: no assignment
    /// ends, and no line has a condition.
    pub fn is_constant(&self) -> bool {
        let never_ends = |assignment: &Assignment<Text>| assignment.until.is_none();
        self.assignments.iter().all(never_ends)
            && self.lines.iter().all(|line| line.condition.is_none())
    }
}

/// A role that was assigned to a subject, or that it holds through a group; if both, there are two entries.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Assignment<Text = String> {
    /// The role's slug.
    pub role: Text,
    /// When it ends, in microseconds since the epoch; a role that is held through a group has no end.
    pub until: Option<i64>,
    /// The path of the group that gives the role; the first one if several do.
    pub by_group: Option<Text>,
}

impl<Text> Assignment<Text> {
    /// Whether it is valid at a moment. It is no longer valid at the moment of its end.
    pub(crate) fn counts(&self, now_microseconds: i64) -> bool {
        self.until.is_none_or(|until| now_microseconds < until)
    }
}

/// A permission of a role, which allows or denies.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Line<Text = String> {
    /// The role's slug.
    pub role: Text,
    /// The resource's type; `*` for any.
    #[serde(rename = "type")]
    pub resource_type: Text,
    /// The resource's id; `*` for any.
    pub id: Text,
    /// The action's name; `*` for any.
    pub action: Text,
    /// Whether the line allows or denies.
    pub effect: Effect,
    /// When the line applies, in CEL; without a condition it always applies.
    pub condition: Option<Text>,
}

/// The effect of a line.
#[derive(
    Clone, Copy, Debug, Deserialize, Eq, IntoStaticStr, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Effect {
    /// Allows, unless another line denies.
    Allow,
    /// Denies, whatever else allows.
    Deny,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_that_postgresql_makes() {
        let policy: SubjectPolicy = serde_json::from_str(
            r#"{"subject": "alice", "may_hold_roles": true, "attributes": "{\"department\": \"sales\"}",
                "assignments": [{"role": "editor", "until": 1790000000000000},
                                {"role": "admin", "until": null, "by_group": "/staff"}],
                "inherits": [["editor", "viewer"]],
                "lines": [{"role": "viewer", "type": "doc", "id": "*", "action": "read",
                           "effect": "allow", "condition": null}]}"#,
        )
        .unwrap();
        assert_eq!(policy.attributes, r#"{"department": "sales"}"#);
        assert_eq!(policy.inherits, [("editor".into(), "viewer".into())]);
        assert_eq!(policy.lines[0].effect, Effect::Allow);
        assert!(policy.lines[0].condition.is_none());
        assert!(policy.assignments[0].counts(1_789_999_999_999_999));
        assert!(!policy.assignments[0].counts(1_790_000_000_000_000));
        assert!(policy.assignments[1].counts(i64::MAX));
        let groups = policy.assignments.iter().map(|one| one.by_group.as_deref());
        assert!(groups.eq([None, Some("/staff")]));
    }

    #[test]
    fn what_never_changes() {
        let mut policy = SubjectPolicy::<&str>::default();
        assert!(policy.is_constant());
        policy.assignments.push(Assignment {
            role: "editor",
            until: None,
            by_group: Some("/editors"),
        });
        policy.lines.push(Line {
            role: "editor",
            resource_type: "doc",
            id: "*",
            action: "read",
            effect: Effect::Deny,
            condition: None,
        });
        assert!(policy.is_constant());
        policy.assignments[0].until = Some(i64::MAX);
        assert!(!policy.is_constant());
        policy.assignments[0].until = None;
        policy.lines[0].condition = Some("true");
        assert!(!policy.is_constant());
    }
}
