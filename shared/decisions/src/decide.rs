//! The decision: what can matter to the question goes to Casbin, which decides.

use crate::condition::Judge;
use crate::enforcer::{self, Request, Rules};
use crate::inheritance::reachable;
use crate::names;
use crate::policy::{Line, SubjectPolicy};
use crate::question::{Properties, Question};

/// The one type of subjects that hold roles; service accounts are of it too.
const USER: &str = "user";

/// What a decision's organization is called in the domain: a subject's policy is of one, and of no other.
const HERE: &str = "here";

/// What was decided.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Decision {
    /// Whether the subject may do it.
    pub allowed: bool,
    /// Why Casbin could not decide, for the log; nothing is allowed then.
    pub failure: Option<String>,
}

/// Decides a question by the policy of its subject, at a moment. `stored_resource_properties` are those that
/// the organization stores of the resource, if it does.
pub fn decide(
    policy: &SubjectPolicy,
    question: &Question<'_>,
    stored_resource_properties: Option<&Properties>,
    now_microseconds: i64,
) -> Decision {
    let holds_roles = policy.may_hold_roles
        && question.subject_type == USER
        && question.subject_id == policy.subject;
    if !holds_roles {
        return Decision::default();
    }
    let judge = Judge::new(question, &policy.attributes, stored_resource_properties);
    let (rules, held) = select(policy, question, &judge, now_microseconds);
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

/// The lines that can matter, the subject's links, and which of the lines' conditions hold.
fn select(
    policy: &SubjectPolicy,
    question: &Question<'_>,
    judge: &Judge<'_>,
    now_microseconds: i64,
) -> (Rules, Vec<bool>) {
    let assigned = || {
        let counting = policy.assignments.iter();
        let counting = counting.filter(|assignment| assignment.counts(now_microseconds));
        counting.map(|assignment| assignment.role.as_str())
    };
    // How far inheritance goes is Casbin's to say: here is all that it could reach.
    let reached = reachable(assigned(), &policy.inherits);
    let mut rules = Rules::default();
    let mut held = Vec::new();
    let lines = policy.lines.iter();
    for line in lines.filter(|line| fits(line, question) && reached.contains(line.role.as_str())) {
        let condition = line.condition.as_ref().map_or_else(String::new, |text| {
            held.push(judge.holds(text, line.effect));
            (held.len() - 1).to_string()
        });
        rules.lines.push(vec![
            names::role(&line.role),
            names::exactly(HERE),
            names::in_line(&line.resource_type),
            names::in_line(&line.id),
            names::in_line(&line.action),
            line.effect.as_str().to_owned(),
            condition,
        ]);
    }
    let user = names::user(&policy.subject);
    let here = names::exactly(HERE);
    for role in assigned() {
        let link = vec![user.clone(), names::role(role), here.clone()];
        rules.links.push(link);
    }
    for (role, inherited) in &policy.inherits {
        let link = vec![names::role(role), names::role(inherited), here.clone()];
        rules.links.push(link);
    }
    (rules, held)
}

/// Whether a line is about what is asked.
fn fits(line: &Line, question: &Question<'_>) -> bool {
    let matches = |said: &str, asked: &str| said == names::ANY || said == asked;
    matches(&line.resource_type, question.resource_type)
        && matches(&line.id, question.resource_id)
        && matches(&line.action, question.action_name)
}

#[cfg(test)]
mod tests;
