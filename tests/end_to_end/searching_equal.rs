//! A search finds those of whom an evaluation says so, and all of them: held against each other for random
//! organizations.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{Folder, Setup, Shell};

use crate::{
    evaluating::SEVERAL,
    searching::{ACTIONS, RESOURCES, SUBJECTS, names},
};

const WORLDS: usize = 24;
const QUESTIONS: usize = 12;

const TYPES: [&str; 3] = ["doc", "doc:a", "*"];
const IDS: [&str; 6] = ["1", "2", "a:b", "é", "x y", "*"];
const ACTION_NAMES: [&str; 4] = ["read", "write", "share", "*"];
/// The last two are no members of any organization; the last one nobody knows.
const USERS: [&str; 6] = ["ann", "ben", "cid", "global-1", "out", "svc"];
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

/// Random choices that a seed repeats (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Properties that conditions read, sometimes none.
    fn properties(&mut self) -> Value {
        let mut properties = json!({});
        for name in ["a", "b"] {
            if !self.one_in(3) {
                properties[name] = json!(self.below(3));
            }
        }
        properties
    }
}

/// An organization, or what is global.
#[derive(Default)]
struct World {
    members: BTreeSet<&'static str>,
    /// Of which types and ids lines speak, and stored resources are.
    named: BTreeSet<(&'static str, &'static str)>,
    actions: BTreeSet<&'static str>,
}

/// The files that are seeded, as they grow.
struct Files {
    organizations: String,
    users: String,
    roles: String,
    permissions: String,
    assignments: String,
    resources: String,
}

impl Files {
    fn new() -> Self {
        let head = |columns: &str| [columns, "\n"].concat();
        Self {
            organizations: head("organization,name,plan,domains").replace("organization", "slug"),
            users: head("organization,username,email,display_name,external_id,attributes"),
            roles: head("organization,role,name,description,inherits"),
            permissions: head(
                "organization,role,resource_type,resource_id,action,effect,condition",
            ),
            assignments: head("organization,username,role,valid_until"),
            resources: head("organization,type,id,properties"),
        }
    }

    fn seed(&self, setup: &Setup) {
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
    }
}

/// A field that may hold anything.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Roles that inherit those after them, and their lines.
fn add_roles(
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
        files.roles += &format!("{slug},{role},Role,,{}\n", inherits.join(";"));
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

fn add_world(random: &mut Random, files: &mut Files, slug: &str, globals: &[String]) -> World {
    files.organizations += &format!("{slug},{slug},free,\n");
    let own: Vec<_> = (0..1 + random.below(5))
        .map(|number| format!("role-{number}"))
        .collect();
    let all = [own.clone(), globals.to_vec()].concat();
    let mut world = add_roles(random, files, slug, &own, &all);
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    for user in USERS {
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

/// A random question, complete.
fn question(random: &mut Random) -> Value {
    let with_properties = |random: &mut Random, mut entity: Value| {
        if random.one_in(3) {
            entity["properties"] = random.properties();
        }
        entity
    };
    let user = random.one_of(&USERS);
    let kind = if random.one_in(12) { "group" } else { "user" };
    let subject = with_properties(random, json!({"type": kind, "id": user}));
    let (kind, id) = (random.one_of(&TYPES), random.one_of(&IDS));
    let resource = with_properties(random, json!({"type": kind, "id": id}));
    let action = json!({"name": random.one_of(&ACTION_NAMES)});
    let mut question = json!({"subject": subject, "action": action, "resource": resource});
    if !random.one_in(3) {
        question["context"] = random.properties();
    }
    question
}

struct Asking<'a> {
    shell: &'a Shell,
    organization: &'a str,
    /// A user with its own token; a service that acts for the organization.
    own: Option<&'a str>,
}

impl Asking<'_> {
    fn ask(&self, path: &str, body: &Value) -> tests::Answer {
        let request = self.shell.request("POST", path);
        let request = match self.own {
            Some(user) => request.by(self.organization, user),
            None => request
                .by("platform", "svc-drive")
                .header("shell-organization", self.organization),
        };
        request.json(body).send()
    }

    /// All pages of a search.
    fn search(&self, path: &str, member: &str, question: &Value, limit: usize) -> Vec<String> {
        let mut body = question.clone();
        body["page"] = json!({"limit": limit});
        let mut found = Vec::new();
        loop {
            let answer = self.ask(path, &body);
            found.extend(names(&answer, member));
            let token = answer.json()["page"]["next_token"].clone();
            if token == "" {
                found.sort();
                return found;
            }
            body["page"] = json!({"token": token});
        }
    }

    /// Those of whom an evaluation says so, one by one.
    fn evaluate(&self, question: &Value, pointer: &str, known: &[&str]) -> Vec<String> {
        let items = known.iter().map(|name| {
            let mut item = question.clone();
            *item.pointer_mut(pointer).unwrap() = json!(name);
            item
        });
        let body = json!({"evaluations": items.collect::<Vec<_>>()});
        if known.is_empty() {
            return Vec::new();
        }
        let answer = self.ask(SEVERAL, &body).expect(200).json();
        let decisions = answer["evaluations"].as_array().unwrap();
        assert_eq!(decisions.len(), known.len());
        let decided = known.iter().zip(decisions);
        let allowed = decided.filter(|(_, decision)| decision["decision"] == true);
        let mut allowed: Vec<_> = allowed.map(|(name, _)| (*name).to_owned()).collect();
        allowed.sort();
        allowed
    }
}

#[test]
fn a_search_finds_whom_an_evaluation_allows() {
    let setup = Setup::seeded();
    let mut random = Random(21);
    let mut files = Files::new();
    let globals: Vec<_> = (0..2).map(|number| format!("global-{number}")).collect();
    let global = add_roles(&mut random, &mut files, "", &globals, &globals);
    files.users += "platform,out,out@a.example,out,,\n";
    let slugs: Vec<_> = (0..WORLDS)
        .map(|number| format!("world-{number}"))
        .collect();
    let worlds = slugs
        .iter()
        .map(|slug| add_world(&mut random, &mut files, slug, &globals));
    let worlds: Vec<_> = worlds.collect();
    files.seed(&setup);
    let shell = setup.start();
    let (mut found_any, mut found_not_all) = ([0; 3], [0; 3]);
    for (slug, world) in slugs.iter().zip(&worlds) {
        for number in 0..QUESTIONS {
            let question = question(&mut random);
            let user = question["subject"]["id"].as_str().unwrap();
            let is_user = question["subject"]["type"] == "user";
            let is_own = is_user && user != "out" && number % 3 == 0;
            let asking = |own: bool| Asking {
                shell: &shell,
                organization: slug,
                own: own.then_some(user),
            };
            let named = world.named.union(&global.named);
            let kind = question["resource"]["type"].as_str().unwrap();
            let ids = named.filter(|(of, id)| *of == kind && *id != "*");
            let ids: BTreeSet<_> = ids.map(|(_, id)| *id).collect();
            let actions = world.actions.union(&global.actions);
            let members = world.members.iter().filter(|_| is_user);
            for (place, path, member, pointer, own, known) in [
                (
                    0,
                    SUBJECTS,
                    "id",
                    "/subject/id",
                    false,
                    members.copied().collect::<Vec<_>>(),
                ),
                (
                    1,
                    RESOURCES,
                    "id",
                    "/resource/id",
                    is_own,
                    ids.into_iter().collect(),
                ),
                (
                    2,
                    ACTIONS,
                    "name",
                    "/action/name",
                    is_own,
                    actions.copied().filter(|name| *name != "*").collect(),
                ),
            ] {
                let asking = asking(own);
                let limit = 1 + random.below(4);
                let found = asking.search(path, member, &question, limit);
                let expected = asking.evaluate(&question, pointer, &known);
                assert_eq!(found, expected, "{slug} {path} {own} {question}");
                found_any[place] += usize::from(!found.is_empty());
                found_not_all[place] += usize::from(found.len() < known.len());
            }
        }
    }
    println!("found any: {found_any:?}, not all: {found_not_all:?}");
    // Else nothing was held against anything.
    let all = found_any.iter().chain(&found_not_all);
    assert!(
        all.copied().all(|times| times > WORLDS),
        "{found_any:?} {found_not_all:?}"
    );
}
