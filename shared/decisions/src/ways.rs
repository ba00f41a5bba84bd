//! The paths by which a subject holds its roles.

use std::collections::{BTreeMap, VecDeque};

use crate::inheritance::by_role;
use crate::policy::{Assignment, SubjectPolicy};

/// The maximum number of paths to a role that are shown, each from another assignment.
pub const MOST_WAYS: usize = 10;

/// The paths to all roles that a subject holds.
#[derive(Debug)]
pub struct Ways<'a> {
    found: Vec<Step<'a>>,
    /// Which of the steps end with a role, those of the shortest paths first.
    ending: BTreeMap<&'a str, Vec<usize>>,
}

/// The last step of a path.
#[derive(Clone, Copy, Debug)]
struct Step<'a> {
    role: &'a str,
    /// The step before, in `found`.
    before: Option<usize>,
    /// The number of the subject's assignment with which the path begins.
    assignment: usize,
    until: Option<i64>,
    by_group: Option<&'a str>,
}

/// A path from an assigned role, or a role that a group gives, down to a role that it inherits, or to itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Way<'a> {
    /// The roles; the first one was assigned or is given by a group.
    pub path: Vec<&'a str>,
    /// When the assignment ends, in microseconds since the epoch.
    pub until: Option<i64>,
    /// The path of the group that gives the first role, if it was not assigned.
    pub by_group: Option<&'a str>,
}

impl<'a> Ways<'a> {
    /// No paths.
    pub(crate) fn none() -> Self {
        Self {
            found: Vec::new(),
            ending: BTreeMap::new(),
        }
    }

    /// The paths of a policy at a moment, from each role whose assignment has not ended. The inheritance that may be
    /// stored goes no farther than Casbin follows.
    pub fn new<Text: AsRef<str>>(policy: &'a SubjectPolicy<Text>, now_microseconds: i64) -> Self {
        let parents = by_role(&policy.inherits);
        let mut ways = Self::none();
        let assigned = policy.assignments.iter().enumerate();
        let counting = assigned.filter(|(_, assigned)| assigned.counts(now_microseconds));
        let first = |(assignment, assigned): (usize, &'a Assignment<Text>)| Step {
            role: assigned.role.as_ref(),
            before: None,
            assignment,
            until: assigned.until,
            by_group: assigned.by_group.as_ref().map(AsRef::as_ref),
        };
        // Shorter paths come before longer ones: those that are left out are not part of a shorter one.
        let mut open: VecDeque<_> = counting.map(first).collect();
        while let Some(step) = open.pop_front() {
            let Some(number) = ways.add(step) else {
                continue;
            };
            for parent in parents.get(step.role).into_iter().flatten() {
                open.push_back(Step {
                    role: parent,
                    before: Some(number),
                    ..step
                });
            }
        }
        ways
    }

    fn add(&mut self, step: Step<'a>) -> Option<usize> {
        let number = self.found.len();
        let ending = self.ending.entry(step.role).or_default();
        let known = |other: &usize| {
            let other = self.found.get(*other);
            other.is_some_and(|other| other.assignment == step.assignment)
        };
        if ending.len() == MOST_WAYS || ending.iter().any(known) {
            return None;
        }
        ending.push(number);
        self.found.push(step);
        Some(number)
    }

    /// Whether a role is held.
    pub fn hold(&self, role: &str) -> bool {
        self.ending.contains_key(role)
    }

    /// The slugs of the roles that are held.
    pub fn roles(&self) -> impl Iterator<Item = &'a str> {
        self.ending.keys().copied()
    }

    /// The paths to a role: the shortest from each of the first [`MOST_WAYS`] assignments that lead to it.
    pub fn to(&self, role: &str) -> impl Iterator<Item = Way<'a>> {
        let ending = self.ending.get(role).into_iter().flatten();
        ending.filter_map(|number| self.way(*number))
    }

    fn way(&self, number: usize) -> Option<Way<'a>> {
        let last = self.found.get(number)?;
        let before = |step: &&Step<'a>| self.found.get(step.before?);
        let steps = std::iter::successors(Some(last), before);
        let mut path: Vec<_> = steps.map(|step| step.role).collect();
        path.reverse();
        Some(Way {
            path,
            until: last.until,
            by_group: last.by_group,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(assigned: &[(&str, Option<i64>)], inherits: &str) -> SubjectPolicy {
        let assignments = assigned.iter().map(|(role, until)| Assignment {
            role: (*role).to_owned(),
            until: *until,
            by_group: None,
        });
        let edge = |pair: &str| {
            let (role, inherited) = pair.split_once('>').unwrap();
            (role.to_owned(), inherited.to_owned())
        };
        SubjectPolicy {
            assignments: assignments.collect(),
            inherits: inherits.split_whitespace().map(edge).collect(),
            ..SubjectPolicy::default()
        }
    }

    fn check(assigned: &[(&str, Option<i64>)], inherits: &str, expected: &[&str]) {
        let policy = policy(assigned, inherits);
        let ways = Ways::new(&policy, 10);
        let all = ways.roles().flat_map(|role| ways.to(role));
        let said: Vec<_> = all.map(|way| way.path.join(" > ")).collect();
        assert_eq!(said, expected, "{assigned:?} {inherits}");
    }

    #[test]
    fn each_assignment_leads_by_its_shortest_way() {
        check(&[], "a>b", &[]);
        check(&[("a", None)], "a>b b>c a>c", &["a", "a > b", "a > c"]);
        check(
            &[("b", None), ("a", Some(11)), ("over", Some(10))],
            "a>b b>c over>c",
            &["a", "b", "a > b", "b > c", "a > b > c"],
        );
        check(&[("a", None)], "a>b b>a", &["a", "a > b"]);
    }

    #[test]
    fn no_more_than_can_be_told() {
        let assigned: Vec<_> = (0..30).map(|n| format!("a{n}")).collect();
        let edges: String = assigned.iter().map(|role| format!("{role}>b ")).collect();
        let assigned: Vec<_> = assigned.iter().map(|role| (role.as_str(), None)).collect();
        let wide = policy(&assigned, &edges);
        let ways = Ways::new(&wide, 0);
        assert_eq!(ways.to("b").count(), MOST_WAYS);
        assert_eq!(ways.roles().count(), 31);
    }

    #[test]
    fn a_way_ends_with_its_assignment_and_not_by_a_group() {
        let mut policy = policy(&[("a", Some(11)), ("a", None)], "a>b");
        policy.assignments[1].by_group = Some("/staff".to_owned());
        let expected = |until, by_group| Way {
            path: vec!["a", "b"],
            until,
            by_group,
        };
        let ways = Ways::new(&policy, 10);
        let assigned = expected(Some(11), None);
        let by_group = expected(None, Some("/staff"));
        assert!(ways.to("b").eq([assigned, by_group.clone()]));
        assert!(Ways::new(&policy, 11).to("b").eq([by_group]));
    }
}
