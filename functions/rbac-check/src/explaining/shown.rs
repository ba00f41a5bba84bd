//! The part of an explanation that a caller may see.

use std::collections::BTreeSet;

use clock::utc_of_unix_microseconds;
use decisions::{Considered, Effect, Explanation, Outcome, Question, ReadValue, Source, Values};

use crate::api::{
    explaining::{self, ConsideredLine, EndedRole, HeldRole, LineOutcome, RoleWay},
    roles::{Permission, PermissionEffect},
};

/// The maximum number of lines that are shown.
const MOST_LINES: usize = 1_000;

/// The maximum number of roles that are shown, and of ended roles.
const MOST_ROLES: usize = 500;

/// The maximum size of all values that are shown, in bytes of JSON.
const MOST_BYTES: usize = 256 * 1024;

/// Whose stored data the caller may read.
#[derive(Clone, Copy, Debug)]
pub struct MayRead {
    /// The subject.
    pub subject: bool,
    /// The resource.
    pub resource: bool,
}

/// The answer. Without `values`, no condition was evaluated.
pub fn shown(
    question: &Question<'_>,
    explanation: &Explanation<'_>,
    values: Option<&Values<'_>>,
    may_read: MayRead,
) -> explaining::Explanation {
    let ways = &explanation.ways;
    // If not all roles are shown, those of the lines come first.
    let considered_roles: BTreeSet<_> = explanation.lines.iter().map(|line| line.role).collect();
    let (first, others): (Vec<_>, Vec<_>) = ways
        .roles()
        .partition(|role| considered_roles.contains(role));
    let held = first.len() + others.len();
    let mut shown_roles: Vec<_> = first.into_iter().chain(others).take(MOST_ROLES).collect();
    shown_roles.sort_unstable();
    let roles = shown_roles.into_iter().map(|role| HeldRole {
        role: role.to_owned(),
        ways: ways
            .to(role)
            .map(|way| RoleWay {
                path: way.path.into_iter().map(str::to_owned).collect(),
                valid_until: way.until.and_then(utc_of_unix_microseconds),
                by_group: way.by_group.map(str::to_owned),
            })
            .collect(),
    });
    let ended = explanation
        .ended
        .iter()
        .take(MOST_ROLES)
        .map(|(role, until)| EndedRole {
            role: (*role).to_owned(),
            valid_until: utc_of_unix_microseconds(*until).unwrap_or_default(),
        });
    let mut left = MOST_BYTES;
    let lines = explanation.lines.iter().take(MOST_LINES);
    let lines = lines.map(|line| considered(line, values, may_read, &mut left));
    explaining::Explanation {
        decision: explanation.decision.allowed,
        reason: explanation.reason(question),
        roles: roles.collect(),
        roles_left_out: held.saturating_sub(MOST_ROLES),
        ended: ended.collect(),
        ended_left_out: explanation.ended.len().saturating_sub(MOST_ROLES),
        lines: lines.collect(),
        lines_left_out: explanation.lines.len().saturating_sub(MOST_LINES),
    }
}

fn considered(
    line: &Considered<'_>,
    values: Option<&Values<'_>>,
    may_read: MayRead,
    left: &mut usize,
) -> ConsideredLine {
    let read = line
        .condition
        .zip(values)
        .map(|(condition, values)| values.read(condition));
    ConsideredLine {
        role: line.role.to_owned(),
        line: Permission {
            resource_type: line.resource_type.to_owned(),
            resource_id: line.resource_id.to_owned(),
            action: line.action.to_owned(),
            effect: match line.effect {
                Effect::Allow => PermissionEffect::Allow,
                Effect::Deny => PermissionEffect::Deny,
            },
            condition: line.condition.map(str::to_owned),
        },
        outcome: match line.outcome {
            Outcome::Counts => LineOutcome::Counts,
            Outcome::DoesNotHold => LineOutcome::DoesNotHold,
            Outcome::CannotBeJudged => LineOutcome::CannotBeJudged,
        },
        decided: line.decided,
        values: read
            .into_iter()
            .flatten()
            .map(|read| value(read, may_read, left))
            .collect(),
    }
}

fn value(read: ReadValue<'_>, may_read: MayRead, left: &mut usize) -> explaining::ReadValue {
    let is_shown = match read.source {
        Source::Request => true,
        Source::StoredSubject => may_read.subject,
        Source::StoredResource => may_read.resource,
    };
    let named = explaining::ReadValue {
        name: read.name,
        value: None,
        is_missing: false,
        is_too_large: false,
    };
    match read.value {
        _ if !is_shown => named,
        None => explaining::ReadValue {
            is_missing: true,
            ..named
        },
        Some(value) if fits(value, left) => explaining::ReadValue {
            value: Some(value.clone()),
            ..named
        },
        Some(_) => explaining::ReadValue {
            is_too_large: true,
            ..named
        },
    }
}

/// After the first value that does not fit, none does, so that no more are measured.
fn fits(value: &serde_json::Value, left: &mut usize) -> bool {
    let rest = match *left {
        0 => None,
        left => left.checked_sub(value.to_string().len()),
    };
    *left = rest.unwrap_or_default();
    rest.is_some()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use access::policies::KeptPolicy;
    use serde_json::{Value, json};

    use super::*;
    use crate::evaluating::{grounds::Grounds, request::Asked};

    fn show(lines: &[Value], context: &Value, may_read: MayRead) -> Value {
        let policy = json!({
            "subject": "alice", "may_hold_roles": true, "attributes": "{\"team\": \"design\"}",
            "assignments": [{"role": "reader", "until": 2_000_000}, {"role": "past", "until": -1},
                {"role": "reader", "until": null, "by_group": "/staff"}],
            "inherits": [], "lines": lines,
        });
        let policy = serde_json::from_value(policy).unwrap();
        let kept = KeptPolicy::new(1, &policy).unwrap();
        let policies = HashMap::from([("alice".to_owned(), kept)]);
        let grounds = Grounds::new(&policies, None, 1_000_000).unwrap();
        let body = json!({
            "subject": {"type": "user", "id": "alice"}, "action": {"name": "read"},
            "resource": {"type": "doc", "id": "1"}, "context": context,
        });
        let body = body.to_string();
        let asked = Asked::to_explain(&body).unwrap();
        let evaluation = asked.evaluations().next().unwrap().unwrap();
        let question = grounds.question(&evaluation).unwrap();
        let (explanation, values) = (grounds.explain(&question), grounds.values(&question));
        let answer = shown(&question, &explanation, values.as_ref(), may_read);
        serde_json::to_value(answer).unwrap()
    }

    fn line(condition: &str) -> Value {
        json!({"role": "reader", "type": "doc", "id": "*", "action": "read", "effect": "allow",
            "condition": condition})
    }

    const ALL: MayRead = MayRead {
        subject: true,
        resource: true,
    };

    #[test]
    fn all_of_an_explanation() {
        let answer = show(&[line("context.a")], &json!({"a": true}), ALL);
        assert_eq!(
            answer,
            json!({
                "decision": true,
                "reason": "the role reader allows read on doc:* under a condition that holds; \
                    alice was assigned it",
                "roles": [{"role": "reader", "ways": [
                    {"path": ["reader"], "valid_until": "1970-01-01T00:00:02.000000Z"},
                    {"path": ["reader"], "valid_until": null, "by_group": "/staff"}]}],
                "roles_left_out": 0,
                "ended": [{"role": "past", "valid_until": "1969-12-31T23:59:59.999999Z"}],
                "ended_left_out": 0,
                "lines": [{
                    "role": "reader", "resource_type": "doc", "resource_id": "*", "action": "read",
                    "effect": "allow", "condition": "context.a", "outcome": "counts",
                    "decided": true, "values": [{"name": "context.a", "value": true}],
                }],
                "lines_left_out": 0,
            })
        );
    }

    #[test]
    fn what_may_not_be_read_is_a_name() {
        let lines = [line("subject.properties.team == resource.properties.team")];
        let values = |subject, resource| {
            let answer = show(&lines, &json!({}), MayRead { subject, resource });
            answer["lines"][0]["values"].clone()
        };
        let (subject, resource) = ("subject.properties.team", "resource.properties.team");
        let design = json!({"name": subject, "value": "design"});
        let missing = json!({"name": resource, "is_missing": true});
        let (hidden, other) = (json!({"name": subject}), json!({"name": resource}));
        assert_eq!(values(true, true), json!([design, missing]));
        assert_eq!(values(false, true), json!([hidden, missing]));
        assert_eq!(values(true, false), json!([design, other]));
    }

    #[test]
    fn an_answer_has_an_end() {
        let lines: Vec<_> = (0..1_200)
            .map(|n| line(&format!("context.a == '{n}'")))
            .collect();
        let long = "x".repeat(60 * 1024);
        let answer = show(&lines, &json!({"a": long}), ALL);
        assert_eq!(answer["lines_left_out"], 200);
        let shown = answer["lines"].as_array().unwrap();
        let left_out = shown
            .iter()
            .filter(|line| line["values"][0]["is_too_large"] == true);
        assert_eq!((shown.len(), left_out.count()), (1_000, 996));
    }
}
