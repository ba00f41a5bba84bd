//! Whatever becomes of users, groups and organizations at a provider, and whichever of its events are lost, late or
//! repeated while sweeps read it page by page: after the last sweep, what is here is what the provider has.

use std::collections::{BTreeMap, BTreeSet};

use postgres::Client;
use serde_json::{Value, json};
use tests::{Setup, TestDatabase};
use uuid::Uuid;

use crate::identity_state::{Dice, Told, ago, receive, reset};

const USERS: [&str; 6] = ["u0", "u1", "u2", "u3", "u4", "u5"];
const NAMES: [&str; 8] = ["n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7"];
const GROUPS: [&str; 3] = ["g0", "g1", "g2"];
/// The organizations of the provider with their aliases; the first two are known here.
const ORGANIZATIONS: [(&str, &str); 3] = [("A", "acme"), ("G", "globex"), ("Z", "zed")];

/// A user as the provider has it.
#[derive(Clone, Debug, Default)]
struct Person {
    username: String,
    email: Option<String>,
    last_name: Option<String>,
    enabled: bool,
    attributes: Value,
    links: BTreeMap<&'static str, String>,
    groups: BTreeSet<&'static str>,
    organizations: BTreeSet<&'static str>,
}

/// A provider, its clock, and its events that are on their way.
struct World {
    dice: Dice,
    /// Milliseconds since the epoch.
    now: u64,
    people: BTreeMap<&'static str, Person>,
    gone: BTreeSet<&'static str>,
    /// Name and parent.
    groups: BTreeMap<&'static str, (String, Option<&'static str>)>,
    deleted_groups: BTreeSet<&'static str>,
    enabled: BTreeMap<&'static str, bool>,
    events: usize,
    /// What comes late.
    late: Vec<Told>,
}

impl World {
    fn new(seed: u64, start: u64) -> Self {
        Self {
            dice: Dice(seed),
            now: start,
            people: BTreeMap::new(),
            gone: BTreeSet::new(),
            groups: BTreeMap::new(),
            deleted_groups: BTreeSet::new(),
            enabled: ORGANIZATIONS.map(|(id, _)| (id, true)).into(),
            events: 0,
            late: Vec::new(),
        }
    }

    /// A moment passes, in which something may happen; answers the events that arrive.
    fn pass(&mut self) -> Vec<Told> {
        self.now += 50 + self.dice.below(900) as u64;
        let mut arriving = Vec::new();
        if self.dice.percent(70)
            && let Some(facts) = self.happen()
        {
            let event = Told::new(&format!("e{:04}", self.events), self.now, &facts);
            self.events += 1;
            match self.dice.below(10) {
                0..=2 => {}
                3..=5 => self.late.push(event),
                6 => {
                    arriving.push(event.clone());
                    self.late.push(event);
                }
                _ => arriving.push(event),
            }
        }
        if self.dice.percent(25) && !self.late.is_empty() {
            let which = self.dice.below(self.late.len());
            arriving.push(self.late.swap_remove(which));
        }
        arriving
    }

    /// Changes something, and answers what its event would say.
    fn happen(&mut self) -> Option<Vec<Value>> {
        let user = *self.dice.pick(&USERS);
        if self.gone.contains(user) {
            return None;
        }
        let Some(mut person) = self.people.get(user).cloned() else {
            let person = Person {
                username: self.free_name()?,
                email: Some(format!("{user}@x.example")),
                enabled: true,
                attributes: json!({}),
                ..Person::default()
            };
            let facts = vec![user_fact(user, &person)];
            self.people.insert(user, person);
            return Some(facts);
        };
        let group = *self.dice.pick(&GROUPS);
        let (organization, alias) = *self.dice.pick(&ORGANIZATIONS);
        let facts = match self.dice.below(14) {
            0 => {
                person.username = self.free_name()?;
                vec![
                    json!({"kind": "user", "user": user, "creates": true, "username": person.username}),
                ]
            }
            1 => {
                person.last_name = self.dice.pick(&[None, Some("L".to_owned())]).clone();
                vec![
                    json!({"kind": "user", "user": user, "creates": true, "username": person.username,
                    "last_name": person.last_name}),
                ]
            }
            2 => {
                person.attributes = self
                    .dice
                    .pick(&[
                        json!({}),
                        json!({"department": ["sales"], "shoe_size": ["44"]}),
                    ])
                    .clone();
                vec![user_fact(user, &person)]
            }
            3 => {
                person.enabled = !person.enabled;
                vec![
                    json!({"kind": "user", "user": user, "creates": true, "enabled": person.enabled}),
                ]
            }
            4 | 5 => {
                if !person.organizations.remove(organization) {
                    person.organizations.insert(organization);
                }
                let is_member = person.organizations.contains(organization);
                let mut fact = json!({"kind": "membership", "organization": organization, "member": is_member});
                if is_member {
                    fact["username"] = json!(person.username);
                    fact["email"] = json!(person.email);
                } else {
                    fact["user"] = json!(user);
                }
                vec![fact]
            }
            6 | 7 => {
                self.groups.get(group)?;
                if !person.groups.remove(group) {
                    person.groups.insert(group);
                }
                vec![json!({"kind": "group_member", "group": group, "user": user,
                    "member": person.groups.contains(group)})]
            }
            8 => {
                let number = self.events.to_string();
                let linked = person.links.remove("google").is_none();
                if linked {
                    person.links.insert("google", number.clone());
                }
                vec![
                    json!({"kind": "link", "user": user, "alias": "google", "linked": linked,
                    "external_id": number, "username": "x"}),
                ]
            }
            9 | 10 => return self.happen_to_group(group),
            11 => {
                let enabled = self.enabled.get_mut(organization)?;
                *enabled = !*enabled;
                return Some(vec![
                    json!({"kind": "organization", "organization": organization,
                    "alias": alias, "enabled": *enabled}),
                ]);
            }
            12 if self.dice.percent(25) => {
                self.people.remove(user);
                self.gone.insert(user);
                return Some(vec![json!({"kind": "user_deleted", "user": user})]);
            }
            _ => vec![json!({"kind": "login", "user": user})],
        };
        self.people.insert(user, person);
        Some(facts)
    }

    fn happen_to_group(&mut self, group: &'static str) -> Option<Vec<Value>> {
        if self.deleted_groups.contains(group) {
            return None;
        }
        if self.groups.contains_key(group) && group != "g0" && self.dice.percent(10) {
            self.groups.remove(group);
            self.deleted_groups.insert(group);
            for person in self.people.values_mut() {
                person.groups.remove(group);
            }
            return Some(vec![json!({"kind": "group_deleted", "group": group})]);
        }
        let name = format!("name{}", self.dice.below(3));
        let parent = (group != "g0" && self.groups.contains_key("g0") && self.dice.percent(50))
            .then_some("g0");
        self.groups.insert(group, (name.clone(), parent));
        Some(vec![
            json!({"kind": "group", "group": group, "name": name, "parent": parent}),
        ])
    }

    fn free_name(&mut self) -> Option<String> {
        let taken: BTreeSet<_> = self
            .people
            .values()
            .map(|person| person.username.as_str())
            .collect();
        let free: Vec<_> = NAMES
            .into_iter()
            .filter(|name| !taken.contains(name))
            .collect();
        (!free.is_empty()).then(|| (*self.dice.pick(&free)).to_owned())
    }

    /// The `Date` that an answer has now.
    fn date(&self) -> u64 {
        self.now / 1_000 * 1_000
    }

    /// What is to be here, in the form of [`found`].
    fn expected(&self) -> Value {
        let known = |id: &&&str| **id != "Z";
        let people = self.people.iter().map(|(id, person)| {
            let kept: BTreeMap<_, _> = person
                .attributes
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(name, _)| *name == "department")
                .collect();
            let slugs: Vec<_> = person
                .organizations
                .iter()
                .filter(known)
                .map(|id| if *id == "A" { "acme" } else { "globex" })
                .collect();
            let value = json!([
                person.username,
                person.email,
                person.last_name,
                person.enabled,
                kept,
                person.links,
                person.groups,
                slugs
            ]);
            ((*id).to_owned(), value)
        });
        let groups = self
            .groups
            .iter()
            .map(|(id, (name, parent))| ((*id).to_owned(), json!([name, parent])));
        json!({"people": people.collect::<serde_json::Map<_, _>>(),
            "groups": groups.collect::<serde_json::Map<_, _>>(), "organizations": self.enabled})
    }
}

fn user_fact(user: &str, person: &Person) -> Value {
    json!({"kind": "user", "user": user, "creates": true, "username": person.username, "email": person.email,
        "first_name": "F", "last_name": person.last_name, "enabled": person.enabled,
        "attributes": person.attributes})
}

/// What is known here of who and what is not gone.
fn found(database: &TestDatabase) -> Value {
    let statement = "SELECT jsonb_build_object(
        'people', (SELECT coalesce(jsonb_object_agg(u.external_id, jsonb_build_array(u.username, u.email, u.last_name,
            u.is_enabled, u.attributes,
            (SELECT coalesce(jsonb_object_agg(l.alias, l.external_id), '{}') FROM shell.linked_identities l
              WHERE l.user_external_id = u.external_id AND l.is_linked),
            (SELECT coalesce(jsonb_agg(m.group_external_id ORDER BY m.group_external_id), '[]')
              FROM shell.group_members m JOIN shell.groups g ON g.external_id = m.group_external_id
              WHERE m.user_external_id = u.external_id AND m.is_member AND NOT g.is_deleted),
            (SELECT coalesce(jsonb_agg(o.slug ORDER BY o.slug), '[]') FROM shell.memberships m
              JOIN shell.organizations o ON o.id = m.organization_id WHERE m.user_id = u.id))), '{}')
          FROM shell.users u WHERE u.deleted_at IS NULL),
        'groups', (SELECT coalesce(jsonb_object_agg(g.external_id,
            jsonb_build_array(g.name, g.parent_external_id)), '{}') FROM shell.groups g
          WHERE NOT g.is_deleted AND g.name IS NOT NULL),
        'organizations', (SELECT coalesce(jsonb_object_agg(p.external_id, p.is_enabled), '{}')
          FROM shell.provider_organizations p WHERE NOT p.is_deleted))";
    let row = database.as_superuser().query_one(statement, &[]).unwrap();
    row.get(0)
}

/// A sweep by the functions that the job calls, and what it says that it repaired.
struct Sweep<'a> {
    owner: &'a mut Client,
    id: Uuid,
    repaired: Vec<Value>,
}

impl<'a> Sweep<'a> {
    fn begin(owner: &'a mut Client) -> Self {
        let id = Uuid::now_v7();
        let row = owner.query_one(
            "SELECT refusal FROM shell.begin_sweep('default', $1)",
            &[&id],
        );
        assert_eq!(row.unwrap().get::<_, Option<String>>(0), None);
        Self {
            owner,
            id,
            repaired: Vec::new(),
        }
    }

    fn part(&mut self, call: &str, rows: &[Value]) {
        let statement = format!("SELECT changes::jsonb FROM shell.{call}");
        let row = self.owner.query_one(&statement, &[&self.id, &json!(rows)]);
        let row = row.unwrap_or_else(|error| panic!("{call} {rows:?}: {error:?}"));
        let changes: Value = row.get(0);
        self.repaired
            .extend(changes.as_array().unwrap().iter().cloned());
    }

    fn missing(&mut self, kind: &str) -> Vec<String> {
        let statement = "SELECT items::jsonb FROM shell.sweep_missing($1, $2, NULL, 100)";
        let row = self.owner.query_one(statement, &[&self.id, &kind]).unwrap();
        let items: Value = row.get(0);
        let id = |item: &Value| item["id"].as_str().or(item.as_str()).unwrap().to_owned();
        items.as_array().unwrap().iter().map(id).collect()
    }

    fn end(self) -> Vec<Value> {
        self.owner
            .execute("SELECT shell.end_sweep($1)", &[&self.id])
            .unwrap();
        self.repaired
    }
}

/// Reads all of the provider, while things go on happening there where `steps` says so, and repairs what is here.
fn sweep(owner: &mut Client, runtime: &mut Client, world: &mut World, steps: usize) -> Vec<Value> {
    let mut sweep = Sweep::begin(owner);
    let mut pass = |world: &mut World| {
        for _ in 0..steps {
            for event in world.pass() {
                receive(runtime, &event);
            }
        }
    };
    let at = world.date();
    pass(world);
    let organizations = ORGANIZATIONS.map(|(id, alias)| {
        json!({"at": at, "fact": {"kind": "organization", "organization": id, "alias": alias,
            "enabled": world.enabled[id]}})
    });
    sweep.part("sweep_facts($1, $2, 86400, false)", &organizations);
    let at = world.date();
    pass(world);
    let groups: Vec<_> = world.groups.iter().map(|(id, (name, parent))| {
        json!({"at": at, "fact": {"kind": "group", "group": id, "name": name, "parent": parent}})
    }).collect();
    sweep.part("sweep_facts($1, $2, 86400, false)", &groups);
    for page in USERS.chunks(2) {
        let at = world.date();
        pass(world);
        let mut rows: Vec<_> = page
            .iter()
            .filter_map(|id| {
                Some((
                    *id,
                    json!({"at": at, "user": user_fact(id, world.people.get(id)?)}),
                ))
            })
            .collect();
        for (list, of) in [
            (
                "links",
                (|person| {
                    person.links.iter()
                .map(|(alias, id)| json!({"alias": alias, "external_id": id, "username": "x"})).collect()
                }) as fn(&Person) -> Vec<Value>,
            ),
            ("groups", |person| {
                person.groups.iter().map(|id| json!(id)).collect()
            }),
            ("organizations", |person| {
                person.organizations.iter().map(|id| json!(id)).collect()
            }),
        ] {
            let at = world.date();
            pass(world);
            // Who went meanwhile is asked for at the end.
            rows.retain(|(id, _)| world.people.contains_key(id));
            for (id, row) in &mut rows {
                row[list] = json!({"at": at, "items": of(&world.people[id])});
            }
        }
        let rows: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
        sweep.part("sweep_users($1, $2, 86400, false)", &rows);
        pass(world);
    }
    let mut gone = Vec::new();
    for kind in ["group", "user"] {
        for id in sweep.missing(kind) {
            let at = world.date();
            pass(world);
            let is_there = match kind {
                "user" => world.people.contains_key(id.as_str()),
                _ => world.groups.contains_key(id.as_str()),
            };
            if !is_there {
                gone.push(json!({"kind": kind, "id": id, "at": at}));
            }
        }
    }
    sweep.part("sweep_gone($1, $2, false)", &gone);
    sweep.end()
}

#[test]
fn after_the_last_sweep_all_is_as_the_provider_has_it() {
    let setup = Setup::seeded();
    let database = setup.database();
    let mut owner = database.as_owner();
    let mut runtime = database.as_runtime();
    for seed in 0..150 {
        reset(database);
        database.as_superuser().batch_execute(
            "UPDATE shell.identity_providers SET attributes = ARRAY['department'] WHERE slug = 'default';
            UPDATE shell.organizations SET external_id = CASE slug WHEN 'acme' THEN 'A' ELSE 'G' END
            WHERE slug IN ('acme', 'globex')").unwrap();
        let mut world = World::new(seed, ago(3_600_000));
        for _ in 0..4 {
            for _ in 0..20 {
                for event in world.pass() {
                    receive(&mut runtime, &event);
                }
            }
            sweep(&mut owner, &mut runtime, &mut world, 1);
        }
        // Half of what is late comes before the last sweep, the rest after it.
        world.now += 5_000;
        let late = std::mem::take(&mut world.late);
        let (before, after) = late.split_at(late.len() / 2);
        for event in before {
            receive(&mut runtime, event);
        }
        sweep(&mut owner, &mut runtime, &mut world, 0);
        let expected = world.expected();
        assert_eq!(found(database), expected, "world {seed}");
        for event in after {
            receive(&mut runtime, event);
        }
        assert_eq!(
            found(database),
            expected,
            "world {seed}, with what came late"
        );
        world.now += 5_000;
        let repaired = sweep(&mut owner, &mut runtime, &mut world, 0);
        assert_eq!(repaired, Vec::<Value>::new(), "world {seed}");
    }
}
