//! Random organizations: as tables would contain them, as one plain policy, and as one subject's document.

use serde_json::json;

use super::random::Random;
use crate::condition::Judge;
use crate::enforcer::Rules;
use crate::{Assignment, Effect, InheritanceFault, Line, SubjectPolicy, check_inheritance, names};

pub const NOW: i64 = 1_000_000;
pub const ORGANIZATIONS: usize = 2;
/// Some have the names of roles.
pub const USERS: [&str; 4] = ["alice", "r0", "role:r1", "global-1"];
pub const TYPES: [&str; 4] = ["doc", "doc:a", "*", "app"];
pub const IDS: [&str; 4] = ["1", "a:b", "b", "*"];
pub const ACTIONS: [&str; 3] = ["read", "write", "*"];

const CONDITIONS: [&str; 8] = [
    "true",
    "context.a == 1",
    "has(resource.properties.a) && resource.properties.a == context.b",
    "subject.properties.b > 2",
    "resource.properties.a || context.b",
    "!has(context.a) || subject.id == 'alice'",
    "[1, 'x'].exists(v, v == resource.properties.b)",
    "context.a",
];

/// The roles of an organization, or the global ones.
#[derive(Default)]
struct Roles {
    inherits: Vec<(String, String)>,
    lines: Vec<Line>,
}

struct Organization {
    own: Roles,
    assignments: Vec<(&'static str, Assignment)>,
    groups: Vec<Group>,
    barred: Vec<&'static str>,
    attributes: String,
}

/// A group, and the roles that name it.
struct Group {
    path: String,
    members: Vec<&'static str>,
    roles: Vec<String>,
}

pub struct World {
    global: Roles,
    organizations: Vec<Organization>,
}

impl World {
    pub fn new(random: &mut Random) -> Self {
        let globals: Vec<_> = (0..3).map(|number| format!("global-{number}")).collect();
        let global = Roles::new(random, &globals, &globals);
        let organization = |_| {
            let own: Vec<_> = (0..1 + random.below(14))
                .map(|number| format!("r{number}"))
                .collect();
            let all = [own.clone(), globals.clone()].concat();
            Organization::new(random, &own, &all)
        };
        Self {
            organizations: (0..ORGANIZATIONS).map(organization).collect(),
            global,
        }
    }

    pub fn check_inheritance(&self) -> Result<(), InheritanceFault> {
        let own = |organization: &Organization| organization.own.inherits.clone();
        let each = self.organizations.iter().map(own);
        each.map(|own| [own, self.global.inherits.clone()].concat())
            .try_for_each(|all| check_inheritance(&all))
    }

    pub fn attributes(&self, organization: usize) -> &str {
        &self.organizations[organization].attributes
    }

    /// All rules, as a plain enforcer contains them. Global lines are valid everywhere.
    pub fn rules(&self) -> Rules {
        let mut rules = Rules::default();
        for (number, organization) in self.organizations.iter().enumerate() {
            let domain = names::exactly(&number.to_string());
            let counting = organization.assignments.iter().filter(|(_, assignment)| {
                let until = assignment.until;
                until.is_none_or(|until| NOW < until)
            });
            let assigned = counting.map(|(user, assignment)| (*user, &assignment.role));
            let by_group = organization.groups.iter().flat_map(|group| {
                let members = group.members.iter();
                members.flat_map(|user| group.roles.iter().map(|role| (*user, role)))
            });
            for (user, role) in assigned.chain(by_group) {
                if !organization.barred.contains(&user) {
                    let link = [names::user(user), names::role(role), domain.clone()];
                    rules.links.push(link.into());
                }
            }
            for (role, inherited) in organization
                .own
                .inherits
                .iter()
                .chain(&self.global.inherits)
            {
                let (role, inherited) = (names::role(role), names::role(inherited));
                rules.links.push(vec![role, inherited, domain.clone()]);
            }
        }
        for (number, (domain, line)) in self.lines().enumerate() {
            let condition = line
                .condition
                .as_ref()
                .map_or_else(String::new, |_| number.to_string());
            rules.lines.push(vec![
                names::role(&line.role),
                domain,
                names::in_line(&line.resource_type),
                names::in_line(&line.id),
                names::in_line(&line.action),
                <&str>::from(line.effect).to_owned(),
                condition,
            ]);
        }
        rules
    }

    fn lines(&self) -> impl Iterator<Item = (String, &Line)> {
        let own = self
            .organizations
            .iter()
            .enumerate()
            .flat_map(|(number, organization)| {
                let lines = organization.own.lines.iter();
                lines.map(move |line| (names::exactly(&number.to_string()), line))
            });
        let global = self.global.lines.iter();
        own.chain(global.map(|line| (names::ANY.to_owned(), line)))
    }

    /// Which of the conditions of all lines hold.
    pub fn held(&self, judge: &Judge<'_>) -> Vec<bool> {
        let judged = |(_, line): (String, &Line)| {
            let condition = line.condition.as_deref();
            condition.is_none_or(|condition| judge.outcome(condition).counts(line.effect))
        };
        self.lines().map(judged).collect()
    }

    /// The same as if every condition held.
    pub fn held_always(&self) -> Vec<bool> {
        self.lines().map(|_| true).collect()
    }

    /// The document of one subject, as PostgreSQL would return it, found in another way than by the decision.
    pub fn policy_of(&self, organization: usize, user: &str) -> SubjectPolicy {
        let organization = &self.organizations[organization];
        let assigned = organization.assignments.iter();
        let assigned = assigned.filter(|(assigned, _)| *assigned == user);
        let assigned = assigned.map(|(_, assignment)| assignment.clone());
        // The first group for each role.
        let mut by_group = Vec::<Assignment>::new();
        for group in organization
            .groups
            .iter()
            .filter(|group| group.members.contains(&user))
        {
            for role in &group.roles {
                if !by_group.iter().any(|held| held.role == *role) {
                    by_group.push(Assignment {
                        role: role.clone(),
                        until: None,
                        by_group: Some(group.path.clone()),
                    });
                }
            }
        }
        let assignments: Vec<_> = assigned.chain(by_group).collect();
        let inherits = [&organization.own.inherits[..], &self.global.inherits].concat();
        let mut roles: Vec<_> = assignments
            .iter()
            .map(|assignment| assignment.role.clone())
            .collect();
        loop {
            let more = inherits
                .iter()
                .find(|(role, inherited)| roles.contains(role) && !roles.contains(inherited));
            match more {
                Some((_, inherited)) => roles.push(inherited.clone()),
                None => break,
            }
        }
        let lines = organization.own.lines.iter().chain(&self.global.lines);
        SubjectPolicy {
            subject: user.to_owned(),
            may_hold_roles: !organization.barred.contains(&user),
            attributes: organization.attributes.clone(),
            assignments,
            inherits: inherits
                .into_iter()
                .filter(|(role, _)| roles.contains(role))
                .collect(),
            lines: lines
                .filter(|line| roles.contains(&line.role))
                .cloned()
                .collect(),
        }
    }
}

impl Roles {
    /// The roles `these`, which may inherit `those`.
    fn new(random: &mut Random, these: &[String], those: &[String]) -> Self {
        let mut inherits = Vec::new();
        // All of them in one chain; or some edges, which make diamonds, and also cycles unless they all have one
        // direction.
        if random.one_in(4) {
            inherits.extend(
                these
                    .windows(2)
                    .map(|pair| (pair[0].clone(), pair[1].clone())),
            );
        }
        let any_way = random.one_in(4);
        for _ in 0..random.below(these.len() + 1) {
            let from = random.below(these.len());
            let to = random.below(those.len());
            if any_way || to > from {
                inherits.push((these[from].clone(), those[to].clone()));
            }
        }
        let lines = (0..random.below(3 * these.len() + 2)).map(|_| line(random, these));
        Self {
            lines: lines.collect(),
            inherits,
        }
    }
}

impl Organization {
    fn new(random: &mut Random, own: &[String], all: &[String]) -> Self {
        let mut assignments = Vec::new();
        for user in USERS {
            for _ in 0..random.below(4) {
                let ends = [None, Some(NOW - 1), Some(NOW), Some(NOW + 1)];
                let assignment = Assignment {
                    role: random.one_of(all).clone(),
                    until: *random.one_of(&ends),
                    by_group: None,
                };
                assignments.push((user, assignment));
            }
        }
        let mut groups = Vec::new();
        for number in 0..random.below(3) {
            groups.push(Group {
                path: format!("/g{number}"),
                members: USERS.into_iter().filter(|_| random.one_in(2)).collect(),
                roles: all.iter().filter(|_| random.one_in(8)).cloned().collect(),
            });
        }
        let barred = USERS.into_iter().filter(|_| random.one_in(15)).collect();
        let attributes = json!({"a": random.below(3), "b": 2.0 + random.below(2) as f64});
        Self {
            own: Roles::new(random, own, all),
            assignments,
            groups,
            barred,
            attributes: attributes.to_string(),
        }
    }
}

fn line(random: &mut Random, roles: &[String]) -> Line {
    let mut name = |names: &[&str]| {
        if random.one_in(2) {
            names::ANY.to_owned()
        } else {
            (*random.one_of(names)).to_owned()
        }
    };
    Line {
        resource_type: name(&TYPES),
        id: name(&IDS),
        action: name(&ACTIONS),
        role: random.one_of(roles).clone(),
        effect: if random.one_in(4) {
            Effect::Deny
        } else {
            Effect::Allow
        },
        condition: random
            .one_in(2)
            .then(|| (*random.one_of(&CONDITIONS)).to_owned()),
    }
}
