//! Explanations: the roles that the subject holds, and the result of each of their lines that match the
//! question.

use crate::condition::Outcome;
use crate::decide::{Decision, USER, decide_seeing, holds_roles};
use crate::policy::{Effect, Line, SubjectPolicy};
use crate::question::Question;
use crate::ways::Ways;

/// A decision and its reasons.
#[derive(Debug)]
pub struct Explanation<'a> {
    /// The decision.
    pub decision: Decision,
    /// The subject's standing in the organization.
    pub standing: Standing,
    /// The roles that it holds, and the paths to them.
    pub ways: Ways<'a>,
    /// The roles whose assignment has ended, each with the time of its end, in microseconds since the epoch.
    pub ended: Vec<(&'a str, i64)>,
    /// The lines of its roles that match the resource and the action: first those that decided, then in the order of
    /// their content.
    pub lines: Vec<Considered<'a>>,
}

/// The standing of a subject in the organization.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// It holds the roles that were assigned to it, and those that its groups give it.
    MayHoldRoles,
    /// It holds no roles: it is not a member, or is disabled, or the organization is suspended or disabled.
    MayHoldNone,
    /// Subjects of its type hold no roles.
    OfAnotherType,
}

/// A line of the policy that was considered.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Considered<'a> {
    /// Whether it decided: it applies, and has the effect of the decision. Several lines may have decided.
    pub decided: bool,
    /// The role's slug.
    pub role: &'a str,
    /// The resource's type; `*` for any.
    pub resource_type: &'a str,
    /// The resource's id; `*` for any.
    pub resource_id: &'a str,
    /// The action's name; `*` for any.
    pub action: &'a str,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// When the line applies, in CEL.
    pub condition: Option<&'a str>,
    /// The result of the condition.
    pub outcome: Outcome,
}

/// Decides a question as [`crate::decide`] does, and explains the decision.
pub fn explain<'a, Text: AsRef<str>>(
    policy: &'a SubjectPolicy<Text>,
    question: &Question<'_>,
    stored_resource_properties: Option<&str>,
    now_microseconds: i64,
) -> Explanation<'a> {
    if !holds_roles(policy, question) {
        return Explanation::of_nobody(question);
    }
    let ways = Ways::new(policy, now_microseconds);
    let mut lines = Vec::new();
    let decision = decide_seeing(
        policy,
        question,
        stored_resource_properties,
        now_microseconds,
        |line, outcome| lines.push((line, outcome)),
    );
    let over = policy.assignments.iter().filter_map(|assignment| {
        let until = assignment.until?;
        (!assignment.counts(now_microseconds)).then_some((assignment.role.as_ref(), until))
    });
    let considered = |(line, outcome)| Considered::new(line, outcome, &decision);
    let mut lines: Vec<_> = lines.into_iter().map(considered).collect();
    lines.sort_unstable_by(|one, other| (other.decided.cmp(&one.decided)).then(one.cmp(other)));
    Explanation {
        decision,
        standing: Standing::MayHoldRoles,
        ended: over.collect(),
        ways,
        lines,
    }
}

impl Explanation<'_> {
    /// The explanation for a subject that holds no roles at all.
    pub fn of_nobody(question: &Question<'_>) -> Self {
        Self {
            decision: Decision::default(),
            standing: if question.subject_type == USER {
                Standing::MayHoldNone
            } else {
                Standing::OfAnotherType
            },
            ways: Ways::none(),
            ended: Vec::new(),
            lines: Vec::new(),
        }
    }
}

impl<'a> Considered<'a> {
    fn new<Text: AsRef<str>>(line: &'a Line<Text>, outcome: Outcome, decision: &Decision) -> Self {
        let effect = if decision.allowed {
            Effect::Allow
        } else {
            Effect::Deny
        };
        let counts = line.effect == effect && outcome.counts(effect);
        Self {
            decided: counts && decision.failure.is_none(),
            role: line.role.as_ref(),
            resource_type: line.resource_type.as_ref(),
            resource_id: line.id.as_ref(),
            action: line.action.as_ref(),
            effect: line.effect,
            condition: line.condition.as_ref().map(AsRef::as_ref),
            outcome,
        }
    }
}
