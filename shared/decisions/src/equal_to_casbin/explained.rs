//! Explanations of random decisions: the explanation leads to the decision, and Casbin finds the same roles.

use super::random::Random;
use super::world::NOW;
use crate::{
    Considered, Decision, Effect, Explanation, Line, MOST_ROLES_IN_A_ROW, Question, Standing,
    SubjectPolicy, decide, explain,
};

/// Checks one explanation, whose decision has been found equal to Casbin's.
pub fn check(
    policy: &SubjectPolicy,
    question: &Question<'_>,
    stored: Option<&str>,
    decision: &Decision,
    random: &mut Random,
) {
    let explanation = explain(policy, question, stored, NOW);
    let told = || format!("{question:?}\n{policy:#?}\n{explanation:#?}");
    assert_eq!(explanation.decision, *decision, "{}", told());
    let counting = |effect: Effect| -> Vec<&Considered<'_>> {
        let lines = explanation.lines.iter();
        let counting = lines.filter(|line| line.effect == effect && line.outcome.counts(effect));
        counting.collect()
    };
    let (allowing, denying) = (counting(Effect::Allow), counting(Effect::Deny));
    let allowed = !allowing.is_empty() && denying.is_empty();
    assert_eq!(allowed, decision.allowed, "{}", told());

    let decided: Vec<_> = explanation
        .lines
        .iter()
        .filter(|line| line.decided)
        .collect();
    let expected = if allowed { &allowing } else { &denying };
    assert_eq!(&decided, expected, "{}", told());
    let reason = explanation.reason(question);
    let said = decided.first().map(|line| match line.effect {
        Effect::Allow => format!("the role {} allows ", line.role),
        Effect::Deny => format!("the role {} denies ", line.role),
    });
    assert!(
        reason.starts_with(&said.unwrap_or_default()),
        "{reason}: {}",
        told()
    );

    let lines = policy.lines.iter().cloned();
    let without_denials = SubjectPolicy {
        lines: lines.filter(|line| line.effect == Effect::Allow).collect(),
        ..policy.clone()
    };
    let allows = decide(&without_denials, question, stored, NOW).allowed;
    let is_denied_by_a_line = decided.iter().any(|line| line.effect == Effect::Deny);
    assert_eq!(
        allows && is_denied_by_a_line,
        allows && !decision.allowed,
        "{}",
        told()
    );
    ways(policy, &explanation);
    if explanation.standing == Standing::MayHoldRoles {
        one_role(policy, question, &explanation, random);
    }
}

/// Each path begins with an assignment and follows the inheritance.
fn ways(policy: &SubjectPolicy, explanation: &Explanation<'_>) {
    for role in explanation.ways.roles() {
        let mut number = 0;
        for way in explanation.ways.to(role) {
            number += 1;
            let [first, ..] = way.path[..] else {
                panic!("a way without roles: {policy:#?}");
            };
            let mut assigned = policy.assignments.iter();
            let is_start = assigned.any(|one| {
                let by_group = one.by_group.as_deref() == way.by_group;
                one.role == first && one.until == way.until && by_group
            });
            let edges = way.path.windows(2).all(|pair| {
                let mut inherits = policy.inherits.iter();
                inherits.any(|(from, to)| from == pair[0] && to == pair[1])
            });
            let ends = way.path.last() == Some(&role) && way.path.len() <= MOST_ROLES_IN_A_ROW;
            assert!(is_start && edges && ends, "{way:?} to {role}: {policy:#?}");
        }
        assert_ne!(number, 0, "{role}: {policy:#?}");
    }
}

/// Casbin finds that a role is held exactly if the explanation contains it.
fn one_role(
    policy: &SubjectPolicy,
    question: &Question<'_>,
    explanation: &Explanation<'_>,
    random: &mut Random,
) {
    let assigned = policy.assignments.iter().map(|assignment| &assignment.role);
    let roles: Vec<_> = assigned
        .chain(policy.inherits.iter().flat_map(|(from, to)| [from, to]))
        .collect();
    if roles.is_empty() {
        return;
    }
    let role = *random.one_of(&roles);
    let any = || "*".to_owned();
    let probe = Line {
        role: role.clone(),
        resource_type: any(),
        id: any(),
        action: any(),
        effect: Effect::Allow,
        condition: None,
    };
    let with_probe = SubjectPolicy {
        lines: vec![probe],
        ..policy.clone()
    };
    let is_held = decide(&with_probe, question, None, NOW).allowed;
    assert_eq!(is_held, explanation.ways.hold(role), "{role}: {policy:#?}");
}
