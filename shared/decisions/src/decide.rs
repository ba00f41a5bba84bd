//! The decision: everything that can affect the question is passed to Casbin, which decides.

use crate::condition::{Judge, Outcome, reads_resource_properties};
use crate::enforcer::{self, Request, Rules};
use crate::inheritance::reachable;
use crate::names;
use crate::policy::{Line, SubjectPolicy};
use crate::question::Question;

/// The only type of subjects that hold roles; service accounts have it too.
pub const USER: &str = "user";

/// The domain for the organization of a decision: a subject's policy belongs to one organization only.
const HERE: &str = "here";

/// A decision.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Decision {
    /// Whether the subject may carry out the action.
    pub allowed: bool,
    /// Why Casbin could not decide, for the log; then the action is not allowed.
    pub failure: Option<String>,
}

/// Whether the decision depends on the stored properties of the resource: a line that can affect it has a condition
/// that reads the resource's properties.
pub fn reads_resource<Text: AsRef<str>>(
    policy: &SubjectPolicy<Text>,
    question: &Question<'_>,
    now_microseconds: i64,
) -> bool {
    if !holds_roles(policy, question) {
        return false;
    }
    let reading = policy.lines.iter().filter(|line| {
        let condition = line.condition.as_ref();
        condition.is_some_and(|text| reads_resource_properties(text.as_ref()))
    });
    let mut fitting = reading.filter(|line| fits(line, question)).peekable();
    if fitting.peek().is_none() {
        return false;
    }
    let reached = reachable(assigned(policy, now_microseconds), &policy.inherits);
    fitting.any(|line| reached.contains(line.role.as_ref()))
}

/// Decides a question by the policy of its subject, at a moment. `stored_resource_properties` are the properties that
/// the organization stores of the resource, if it does: an object, as JSON.
pub fn decide<Text: AsRef<str>>(
    policy: &SubjectPolicy<Text>,
    question: &Question<'_>,
    stored_resource_properties: Option<&str>,
    now_microseconds: i64,
) -> Decision {
    if !holds_roles(policy, question) {
        return Decision::default();
    }
    decide_seeing(
        policy,
        question,
        stored_resource_properties,
        now_microseconds,
        |_, _| (),
    )
}

/// Decides about a subject that may hold roles, and passes each line that went to Casbin to `see`, with the result of
/// its condition.
pub fn decide_seeing<'p, Text: AsRef<str>>(
    policy: &'p SubjectPolicy<Text>,
    question: &Question<'_>,
    stored_resource_properties: Option<&str>,
    now_microseconds: i64,
    see: impl FnMut(&'p Line<Text>, Outcome),
) -> Decision {
    let judge = Judge::new(
        question,
        policy.attributes.as_ref(),
        stored_resource_properties,
    );
    let (rules, held) = select(policy, question, &judge, now_microseconds, see);
    let request = Request {
        user: question.subject_id.to_owned(),
        organization: HERE.to_owned(),
        resource_type: question.resource_type.to_owned(),
        resource_id: question.resource_id.to_owned(),
        action: question.action_name.to_owned(),
        held,
    };
    match enforcer::allows(rules, request) {
        Ok(allowed) => Decision {
            allowed,
            failure: None,
        },
        Err(error) => Decision {
            allowed: false,
            failure: Some(error.to_string()),
        },
    }
}

/// Whether the subject may hold roles, and the policy is its own.
pub fn holds_roles<Text: AsRef<str>>(
    policy: &SubjectPolicy<Text>,
    question: &Question<'_>,
) -> bool {
    policy.may_hold_roles
        && question.subject_type == USER
        && question.subject_id == policy.subject.as_ref()
}

/// The assigned roles whose assignment has not ended, and those that groups give.
fn assigned<Text: AsRef<str>>(
    policy: &SubjectPolicy<Text>,
    now_microseconds: i64,
) -> impl Iterator<Item = &str> {
    let counting = policy.assignments.iter();
    let counting = counting.filter(move |assignment| assignment.counts(now_microseconds));
    counting.map(|assignment| assignment.role.as_ref())
}

/// The lines that can affect the decision, the subject's links, and which of the lines' conditions hold.
fn select<'p, Text: AsRef<str>>(
    policy: &'p SubjectPolicy<Text>,
    question: &Question<'_>,
    judge: &Judge<'_>,
    now_microseconds: i64,
    mut see: impl FnMut(&'p Line<Text>, Outcome),
) -> (Rules, Vec<bool>) {
    // Casbin decides how far inheritance goes: these are all roles that it could reach.
    let reached = reachable(assigned(policy, now_microseconds), &policy.inherits);
    let mut rules = Rules::default();
    let mut held = Vec::new();
    let fitting = policy.lines.iter().filter(|line| fits(line, question));
    for line in fitting.filter(|line| reached.contains(line.role.as_ref())) {
        let mut outcome = Outcome::Counts;
        let condition = line.condition.as_ref().map_or_else(String::new, |text| {
            outcome = judge.outcome(text.as_ref());
            held.push(outcome.counts(line.effect));
            (held.len() - 1).to_string()
        });
        see(line, outcome);
        rules.lines.push(vec![
            names::role(line.role.as_ref()),
            names::exactly(HERE),
            names::in_line(line.resource_type.as_ref()),
            names::in_line(line.id.as_ref()),
            names::in_line(line.action.as_ref()),
            <&str>::from(line.effect).to_owned(),
            condition,
        ]);
    }
    let user = names::user(policy.subject.as_ref());
    let here = names::exactly(HERE);
    // If there is no inheritance, a role without one of these lines has no effect.
    let matters = |role: &&str| {
        let mut lines = policy.lines.iter();
        !policy.inherits.is_empty()
            || lines.any(|line| line.role.as_ref() == *role && fits(line, question))
    };
    for role in assigned(policy, now_microseconds).filter(matters) {
        let link = vec![user.clone(), names::role(role), here.clone()];
        rules.links.push(link);
    }
    let leading = policy.inherits.iter();
    for (role, inherited) in leading.filter(|(role, _)| reached.contains(role.as_ref())) {
        let link = vec![
            names::role(role.as_ref()),
            names::role(inherited.as_ref()),
            here.clone(),
        ];
        rules.links.push(link);
    }
    (rules, held)
}

/// Whether a line matches the question.
fn fits<Text: AsRef<str>>(line: &Line<Text>, question: &Question<'_>) -> bool {
    let matches = |said: &Text, asked: &str| {
        let said = said.as_ref();
        said == names::ANY || said == asked
    };
    matches(&line.resource_type, question.resource_type)
        && matches(&line.id, question.resource_id)
        && matches(&line.action, question.action_name)
}

#[cfg(test)]
mod tests;
