//! Inheritance among roles: its cycles, and chains that are longer than Casbin follows.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use decisions::MOST_ROLES_IN_A_ROW;

/// How many roles of a chain an error names.
const MOST_NAMED: usize = 12;

/// A role: its organization, empty for a global one, and its slug.
pub type Name = (String, String);

/// Roles in a row, each of which inherits the next.
pub type Chain<'a> = Vec<&'a Name>;

/// Which roles inherit which. Roles that do not exist are left out.
pub struct Inheritance<'a> {
    inherits: BTreeMap<&'a Name, BTreeSet<&'a Name>>,
    inherited_by: HashMap<&'a Name, Vec<&'a Name>>,
    /// The roles from which no cycle is reached, the inherited ones first.
    acyclic: Vec<&'a Name>,
}

/// The role that another role (`by`) inherits by a slug: its organization's own, or a global one.
pub fn meant<'a, V>(roles: &'a BTreeMap<Name, V>, by: &Name, slug: &str) -> Option<&'a Name> {
    let own = (by.0.clone(), slug.to_owned());
    let global = (String::new(), slug.to_owned());
    let found = roles
        .get_key_value(&own)
        .or_else(|| roles.get_key_value(&global));
    found.map(|(name, _)| name)
}

impl<'a> Inheritance<'a> {
    /// The inheritance of all roles, given with the slugs of those that they inherit.
    pub fn of(roles: &'a BTreeMap<Name, Vec<String>>) -> Self {
        let mut inherits = BTreeMap::new();
        let mut inherited_by: HashMap<_, Vec<_>> = HashMap::new();
        for (name, slugs) in roles {
            let meant: BTreeSet<_> = slugs.iter().filter_map(|s| meant(roles, name, s)).collect();
            for inherited in &meant {
                inherited_by.entry(*inherited).or_default().push(name);
            }
            inherits.insert(name, meant);
        }
        let mut found = Self {
            inherits,
            inherited_by,
            acyclic: Vec::new(),
        };
        found.sort();
        found
    }

    /// Removes roles that inherit nothing, and then those that inherit only removed ones (Kahn's algorithm).
    fn sort(&mut self) {
        let mut open: HashMap<_, _> = self
            .inherits
            .iter()
            .map(|(name, meant)| (*name, meant.len()))
            .collect();
        let is_free = |name: &&Name| open.get(name) == Some(&0);
        let mut ready: Vec<_> = self.inherits.keys().copied().filter(is_free).collect();
        while let Some(name) = ready.pop() {
            self.acyclic.push(name);
            for heir in self.heirs(name) {
                if let Some(open) = open.get_mut(heir) {
                    *open -= 1;
                    if *open == 0 {
                        ready.push(heir);
                    }
                }
            }
        }
    }

    fn heirs(&self, name: &Name) -> Vec<&'a Name> {
        self.inherited_by.get(name).cloned().unwrap_or_default()
    }

    fn inherited(&self, name: &Name) -> impl Iterator<Item = &'a Name> {
        self.inherits.get(name).into_iter().flatten().copied()
    }

    /// The cycles, each with its first role once more at its end. A role is in at most one of them.
    pub fn cycles(&self) -> Vec<Chain<'a>> {
        let mut done: HashSet<_> = self.acyclic.iter().copied().collect();
        let mut cycles = Vec::new();
        for start in self.inherits.keys().copied() {
            let mut walk: Chain<'a> = vec![start];
            while let Some(last) = walk.last() {
                let next = self.inherited(last).find(|name| !done.contains(name));
                let Some(next) = next.filter(|_| !done.contains(last)) else {
                    done.extend(walk.pop());
                    continue;
                };
                match walk.iter().position(|passed| *passed == next) {
                    None => walk.push(next),
                    Some(first) => {
                        let mut cycle = walk.split_off(first);
                        done.extend(cycle.iter().copied());
                        cycle.push(next);
                        cycles.push(cycle);
                    }
                }
            }
        }
        cycles
    }

    /// The longest chain from each role that no other one inherits, if it is too long. Roles from which a cycle is
    /// reached are left out.
    pub fn too_deep(&self) -> Vec<Chain<'a>> {
        let mut longest: HashMap<&Name, (usize, Option<&'a Name>)> = HashMap::new();
        for name in &self.acyclic {
            let lengths = self
                .inherited(name)
                .filter_map(|next| Some((longest.get(next)?.0, next)));
            let deepest = lengths.max_by_key(|(length, _)| *length);
            let length = deepest.map_or(1, |(length, _)| length + 1);
            longest.insert(name, (length, deepest.map(|(_, next)| next)));
        }
        let is_first = |name: &Name| {
            let heirs = self.heirs(name);
            !heirs.iter().any(|heir| longest.contains_key(heir))
        };
        let is_deep = |name: &Name| {
            longest
                .get(name)
                .is_some_and(|(l, _)| *l > MOST_ROLES_IN_A_ROW)
        };
        let chain = |first| {
            let next = |name: &&'a Name| longest.get(name).and_then(|(_, next)| *next);
            std::iter::successors(Some(first), next).collect()
        };
        self.inherits
            .keys()
            .copied()
            .filter(|name| is_deep(name) && is_first(name))
            .map(chain)
            .collect()
    }
}

/// A chain as an error shows it.
pub fn named(chain: &Chain<'_>) -> String {
    let mut slugs: Vec<_> = chain.iter().map(|(_, slug)| slug.as_str()).collect();
    if slugs.len() > MOST_NAMED {
        slugs.truncate(MOST_NAMED);
        slugs.push("…");
    }
    let of = chain
        .iter()
        .find(|(organization, _)| !organization.is_empty());
    let of = of.map_or(String::new(), |(organization, _)| {
        format!(" of {organization}")
    });
    format!("{}{of}", slugs.join(" > "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Roles as `organization/slug`, with what they inherit.
    fn roles(text: &str) -> BTreeMap<Name, Vec<String>> {
        let role = |line: &str| {
            let (name, inherits) = line.split_once(':')?;
            let (organization, slug) = name.trim().split_once('/')?;
            let inherits = inherits.split_whitespace().map(str::to_owned).collect();
            Some(((organization.to_owned(), slug.to_owned()), inherits))
        };
        text.split(',').filter_map(role).collect()
    }

    fn told(chains: &[Chain<'_>]) -> Vec<String> {
        let tell = |chain: &Chain<'_>| {
            let slugs: Vec<_> = chain.iter().map(|(_, slug)| slug.as_str()).collect();
            slugs.join(">")
        };
        chains.iter().map(tell).collect()
    }

    fn row_of(count: usize) -> String {
        let roles = (0..count).map(|n| format!("a/r{n}: r{}", n + 1));
        roles.collect::<Vec<_>>().join(",")
    }

    #[test]
    fn cycles_are_found_once_each() {
        for (text, cycles) in [
            ("a/x: y, a/y: z, a/z:", &[][..]),
            ("a/x: x", &["x>x"]),
            ("a/x: y, a/y: x, a/w: x", &["x>y>x"]),
            ("a/x: y z, a/y: x, a/z: z", &["x>y>x", "z>z"]),
            ("a/u: v x, a/v: w, a/w: v, a/x: u", &["v>w>v", "u>x>u"]),
            // One organization's roles are not another's.
            ("a/x: y, b/y: x", &[]),
            // A global role may be inherited, and inherits only global ones.
            ("a/x: g, /g: x", &[]),
            ("a/x: g, /g: h, /h: g", &["g>h>g"]),
            // A diamond is not a cycle.
            ("a/w: x y, a/x: z, a/y: z, a/z:", &[]),
        ] {
            let roles = roles(text);
            assert_eq!(told(&Inheritance::of(&roles).cycles()), cycles, "{text}");
        }
    }

    #[test]
    fn nine_in_a_row_are_followed() {
        let nine = roles(&format!("{}, a/r8:", row_of(8)));
        assert_eq!(nine.len(), 9);
        assert!(Inheritance::of(&nine).too_deep().is_empty());
        let ten = roles(&format!("{}, a/r9:, a/lead: r5", row_of(9)));
        assert_eq!(
            told(&Inheritance::of(&ten).too_deep()),
            ["r0>r1>r2>r3>r4>r5>r6>r7>r8>r9"]
        );
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let long = roles(&row_of(200_000));
        let found = Inheritance::of(&long);
        assert_eq!(found.cycles(), [] as [Chain<'_>; 0]);
        assert_eq!(found.too_deep()[0].len(), 200_000);
        let round = roles(&format!("{}, a/r1999: r0", row_of(1_999)));
        assert_eq!(Inheritance::of(&round).cycles()[0].len(), 2_001);
    }
}
