//! What of an explanation is shown to a caller.

use clock::utc_of_unix_microseconds;
use decisions::{Considered, Effect, Explanation, Outcome, Question, ReadValue, Source, Values};

use crate::api::{
    explaining::{self, ConsideredLine, EndedRole, HeldRole, LineOutcome, RoleWay},
    roles::{Permission, PermissionEffect},
};

/// Lines that are shown.
const MOST_LINES: usize = 1_000;

/// Bytes of all values that are shown, as JSON.
const MOST_BYTES: usize = 256 * 1024;

/// Of whom the caller may read what is stored.
#[derive(Clone, Copy, Debug)]
pub struct MayRead {
    /// The subject.
    pub subject: bool,
    /// The resource.
    pub resource: bool,
}

/// The answer. Without `values`, no condition was judged.
pub fn shown(
    question: &Question<'_>,
    explanation: &Explanation<'_>,
    values: Option<&Values<'_>>,
    may_read: MayRead,
) -> explaining::Explanation {
    let ways = &explanation.ways;
    let roles = ways.roles().map(|role| HeldRole {
        role: role.to_owned(),
        ways: ways
            .to(role)
            .map(|way| RoleWay {
                path: way.path.into_iter().map(str::to_owned).collect(),
                valid_until: way.until.and_then(utc_of_unix_microseconds),
            })
            .collect(),
    });
    let ended = explanation.ended.iter().map(|(role, until)| EndedRole {
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
        ended: ended.collect(),
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
        Some(value) => match left.checked_sub(value.to_string().len()) {
            None => explaining::ReadValue {
                is_too_large: true,
                ..named
            },
            Some(rest) => {
                *left = rest;
                explaining::ReadValue {
                    value: Some(value.clone()),
                    ..named
                }
            }
        },
    }
}
