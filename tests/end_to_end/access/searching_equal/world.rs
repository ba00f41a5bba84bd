//! Random organizations, as CSV files that are seeded.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{Dice, Folder, GroupTree, Setup};

pub const TYPES: [&str; 3] = ["doc", "doc:a", "*"];
pub const IDS: [&str; 6] = ["1", "2", "a:b", "é", "x y", "*"];
pub const ACTION_NAMES: [&str; 4] = ["read", "write", "share", "*"];
/// The last two are not members of any organization; the last one is unknown.
pub const USERS: [&str; 6] = ["ann", "ben", "cid", "global-1", "out", "svc"];
/// Groups of the realm, then those within each organization.
const GROUPS: [&str; 4] = ["/top", "/top/low", "/top~/low", "organization:/board"];
const CONDITIONS: [&str; 8] = [
    "true",
    "context.a == 1",
    "has(resource.properties.a) && resource.properties.a == 1",
    "resource.properties.b == context.b",
    "subject.properties.a > 1",
    "subject.id == 'ann' || resource.id == '1'",
    "!has(action.properties.soft) && action.name != 'share'",
    "has(subject.properties.b)",
];

/// Random choices that are repeatable by their seed.
pub struct Random(pub Dice);

impl Random {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0.below(bound)
    }

    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Properties that conditions read; sometimes there are none.
    pub fn properties(&mut self) -> Value {
        let mut properties = json!({});
        for name in ["a", "b"] {
            if !self.one_in(3) {
                properties[name] = json!(self.below(3));
            }
        }
        properties
    }
}

/// An organization, or the global data.
#[derive(Default)]
pub struct World {
    pub members: BTreeSet<&'static str>,
    /// The types and ids that lines and stored resources have.
    pub named: BTreeSet<(&'static str, &'static str)>,
    pub actions: BTreeSet<&'static str>,
}

/// The files to seed, as they grow.
pub struct Files {
    organizations: String,
    users: String,
    roles: String,
    permissions: String,
    assignments: String,
    resources: String,
    /// The members of the groups, by the groups' ids.
    group_members: BTreeSet<(&'static str, String)>,
}

impl Files {
    pub fn new() -> Self {
        let head = |columns: &str| [columns, "\n"].concat();
        Self {
            organizations: head("slug,name,plan,domains,external_id"),
            users: head("organization,username,email,display_name,external_id,attributes"),
            roles: head("organization,role,name,description,inherits,groups"),
            permissions: head(
                "organization,role,resource_type,resource_id,action,effect,condition",
            ),
            assignments: head("organization,username,role,valid_until"),
            resources: head("organization,type,id,properties"),
            group_members: BTreeSet::new(),
        }
    }

    pub fn seed(&self, setup: &Setup) {
        let files = [
            ("organizations.csv", &*self.organizations),
            ("users.csv", &self.users),
            ("roles.csv", &self.roles),
            ("permissions.csv", &self.permissions),
            ("role_assignments.csv", &self.assignments),
            ("resources.csv", &self.resources),
        ];
        let folder = Folder::of(&setup.environment, &files);
        setup.job("seed", Some(&folder), &[]).unwrap();
        let mut tree = GroupTree::of(setup.database());
        tree.group("top", None, "top");
        tree.group("low", Some("top"), "low");
        tree.group("top/low", None, "top/low");
        for (user, group) in &self.group_members {
            if let Some(slug) = group.strip_prefix("board-") {
                tree.group_of(slug, group, None, "board");
            }
            tree.join(user, group);
        }
    }
}

/// A quoted field, which may contain anything.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

impl World {
    /// The global roles, and a person who is only a member of platform.
    pub fn global(random: &mut Random, files: &mut Files, globals: &[String]) -> Self {
        files.users += "platform,out,out@a.example,out,,\n";
        roles(random, files, "", globals, globals)
    }

    /// An organization with this slug.
    pub fn new(random: &mut Random, files: &mut Files, slug: &str, globals: &[String]) -> Self {
        files.organizations += &format!("{slug},{slug},free,,{slug}\n");
        let own: Vec<_> = (0..1 + random.below(5))
            .map(|number| format!("role-{number}"))
            .collect();
        let all = [own.clone(), globals.to_vec()].concat();
        let mut world = roles(random, files, slug, &own, &all);
        let all: Vec<_> = all.iter().map(String::as_str).collect();
        for user in USERS {
            let groups = ["top", "low", "top/low", &format!("board-{slug}")];
            for group in groups.into_iter().filter(|_| random.one_in(12)) {
                files.group_members.insert((user, group.to_owned()));
            }
            if !matches!(user, "out" | "svc") && !random.one_in(5) {
                world.members.insert(user);
                let attributes = quoted(&random.properties().to_string());
                files.users += &format!("{slug},{user},{user}@a.example,{user},,{attributes}\n");
            }
            let roles: BTreeSet<_> = (0..random.below(4)).map(|_| random.one_of(&all)).collect();
            for role in roles {
                let ends = ["", "", "2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z"];
                let end = random.one_of(&ends);
                files.assignments += &format!("{slug},{user},{role},{end}\n");
            }
        }
        for kind in ["doc", "doc:a"] {
            for id in IDS.iter().filter(|id| **id != "*") {
                if random.one_in(2) {
                    world.named.insert((kind, id));
                    let properties = quoted(&random.properties().to_string());
                    files.resources += &format!("{slug},{kind},{id},{properties}\n");
                }
            }
        }
        world
    }
}

/// Roles that inherit later ones, and their lines.
fn roles(
    random: &mut Random,
    files: &mut Files,
    slug: &str,
    own: &[String],
    all: &[String],
) -> World {
    let mut world = World::default();
    for (number, role) in own.iter().enumerate() {
        let later = all.iter().skip(number + 1).filter(|_| random.one_in(3));
        let inherits: Vec<_> = later.cloned().collect();
        let groups: Vec<_> = GROUPS.into_iter().filter(|_| random.one_in(4)).collect();
        let (inherits, groups) = (inherits.join(";"), groups.join(";"));
        files.roles += &format!("{slug},{role},Role,,{inherits},{groups}\n");
        let mut lines = BTreeSet::new();
        for _ in 0..random.below(5) {
            let kind = random.one_of(&TYPES);
            let id = if kind == "*" || random.one_in(2) {
                "*"
            } else {
                random.one_of(&IDS)
            };
            let action = random.one_of(&ACTION_NAMES);
            let effect = if random.one_in(4) { "deny" } else { "allow" };
            let condition = if random.one_in(2) {
                ""
            } else {
                random.one_of(&CONDITIONS)
            };
            lines.insert((kind, id, action, effect, condition));
        }
        for (kind, id, action, effect, condition) in lines {
            let condition = quoted(condition);
            files.permissions +=
                &format!("{slug},{role},{kind},{id},{action},{effect},{condition}\n");
            world.named.insert((kind, id));
            world.actions.insert(action);
        }
    }
    world
}
