//! The roles that a role inherits, directly or not, and which inheritance may be stored.

use std::collections::{HashMap, HashSet};

use thiserror::Error;

/// The longest chain of roles that Casbin follows from a user: it silently ignores the roles beyond.
pub const MOST_ROLES_IN_A_ROW: usize = 9;

/// Why an inheritance may not be stored.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum InheritanceFault {
    /// A role inherits itself.
    #[error("the inheritance of roles has a cycle: {}", .0.join(" > "))]
    Circle(Vec<String>),
    /// A chain is longer than Casbin follows.
    #[error("more than 9 roles inherit in a row: {}", .0.join(" > "))]
    TooDeep(Vec<String>),
}

/// Checks the inheritance of an organization's roles and the global ones: no cycle, and no chain of more than
/// [`MOST_ROLES_IN_A_ROW`] roles. The error names the chain.
pub fn check_inheritance(inherits: &[(String, String)]) -> Result<(), InheritanceFault> {
    let parents = by_role(inherits);
    let mut longest = HashMap::new();
    for (role, _) in inherits {
        follow(role, &parents, &mut longest)?;
    }
    let Some((first, _)) = inherits
        .iter()
        .find(|(role, _)| length(&longest, role) > MOST_ROLES_IN_A_ROW)
    else {
        return Ok(());
    };
    let next = |role: &&str| longest.get(*role).and_then(|way| way.next);
    let chain = std::iter::successors(Some(first.as_str()), next);
    Err(InheritanceFault::TooDeep(
        chain.map(str::to_owned).collect(),
    ))
}

/// Every role that can be reached from the given ones, including these, at any depth and through every cycle.
pub(crate) fn reachable<'a, Text: AsRef<str>>(
    from: impl Iterator<Item = &'a str>,
    inherits: &'a [(Text, Text)],
) -> HashSet<&'a str> {
    let parents = by_role(inherits);
    let mut found = HashSet::new();
    let mut open: Vec<&str> = from.collect();
    while let Some(role) = open.pop() {
        if found.insert(role) {
            open.extend(parents.get(role).into_iter().flatten());
        }
    }
    found
}

/// The roles that each role inherits directly.
pub(crate) fn by_role<Text: AsRef<str>>(inherits: &[(Text, Text)]) -> HashMap<&str, Vec<&str>> {
    let mut parents: HashMap<&str, Vec<&str>> = HashMap::new();
    for (role, inherited) in inherits {
        let of = parents.entry(role.as_ref()).or_default();
        of.push(inherited.as_ref());
    }
    parents
}

/// The longest chain that begins with a role.
#[derive(Clone, Copy)]
struct Way<'a> {
    roles: usize,
    next: Option<&'a str>,
}

fn length(longest: &HashMap<&str, Way<'_>>, role: &str) -> usize {
    longest.get(role).map_or(1, |way| way.roles)
}

/// Finds the longest chains from a role and from all roles that it reaches, without recursion: invalid stored data
/// may have any depth.
fn follow<'a>(
    start: &'a str,
    parents: &HashMap<&'a str, Vec<&'a str>>,
    longest: &mut HashMap<&'a str, Way<'a>>,
) -> Result<(), InheritanceFault> {
    // The chain from the start to the current role, each role with the number of its parents that were followed.
    let mut path: Vec<(&str, usize)> = Vec::new();
    let mut on_path = HashSet::new();
    if !longest.contains_key(start) {
        path.push((start, 0));
        on_path.insert(start);
    }
    while let Some((role, followed)) = path.last_mut() {
        let all = parents.get(role).map_or(&[][..], Vec::as_slice);
        let Some(parent) = all.get(*followed).copied() else {
            let farthest = all.iter().max_by_key(|parent| length(longest, parent));
            let roles = 1 + farthest.map_or(0, |parent| length(longest, parent));
            let next = farthest.copied();
            longest.insert(role, Way { roles, next });
            on_path.remove(role);
            path.pop();
            continue;
        };
        *followed += 1;
        if on_path.contains(parent) {
            let circle = path.iter().map(|(role, _)| *role);
            let circle = circle.skip_while(|role| *role != parent).chain([parent]);
            return Err(InheritanceFault::Circle(
                circle.map(str::to_owned).collect(),
            ));
        }
        if !longest.contains_key(parent) {
            on_path.insert(parent);
            path.push((parent, 0));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(text: &str) -> Vec<(String, String)> {
        let edge = |pair: &str| {
            let (role, inherited) = pair.split_once('>').unwrap();
            (role.to_owned(), inherited.to_owned())
        };
        text.split_whitespace().map(edge).collect()
    }

    fn check(text: &str, fault: Option<&str>) {
        let found = check_inheritance(&edges(text)).err().map(|f| f.to_string());
        assert_eq!(found.as_deref(), fault, "{text}");
    }

    #[test]
    fn what_may_be_stored() {
        check("", None);
        check("a>b a>c b>d c>d", None);
        check("h>i g>h f>g e>f d>e c>d b>c a>b", None);
        check(
            "h>i g>h f>g e>f d>e c>d b>c a>b x>a",
            Some("more than 9 roles inherit in a row: x > a > b > c > d > e > f > g > h > i"),
        );
        check("a>a", Some("the inheritance of roles has a cycle: a > a"));
        check(
            "x>a a>b a>c c>d d>a",
            Some("the inheritance of roles has a cycle: a > c > d > a"),
        );
    }

    #[test]
    fn a_shorter_way_does_not_hide_a_longer_one() {
        let chain = "a>i a>b b>c c>d d>e e>f f>g g>h h>i i>j";
        check(
            chain,
            Some("more than 9 roles inherit in a row: a > b > c > d > e > f > g > h > i > j"),
        );
    }

    #[test]
    fn any_depth_is_followed_without_recursion() {
        let deep: Vec<_> = (0..100_000)
            .map(|i| (i.to_string(), (i + 1).to_string()))
            .collect();
        assert!(matches!(
            check_inheritance(&deep),
            Err(InheritanceFault::TooDeep(_))
        ));
        assert_eq!(reachable(["0"].into_iter(), &deep).len(), 100_001);
    }

    #[test]
    fn circles_end() {
        let circle = edges("a>b b>c c>a c>d");
        assert_eq!(reachable(["b"].into_iter(), &circle).len(), 4);
    }
}
