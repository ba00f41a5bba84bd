//! A provider with random changes and its events, some of which are lost, late or repeated.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tests::{Dice, facts::Told};

/// All users who may ever exist.
pub const USERS: [&str; 6] = ["u0", "u1", "u2", "u3", "u4", "u5"];
const NAMES: [&str; 8] = ["n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7"];
const GROUPS: [&str; 3] = ["g0", "g1", "g2"];
/// The provider's organizations with their aliases; the first two are known here.
pub const ORGANIZATIONS: [(&str, &str); 3] = [("A", "acme"), ("G", "globex"), ("Z", "zed")];

/// A user as the provider has it.
#[derive(Clone, Debug, Default)]
pub struct Person {
    username: String,
    email: Option<String>,
    last_name: Option<String>,
    enabled: bool,
    attributes: Value,
    pub links: BTreeMap<&'static str, String>,
    pub groups: BTreeSet<&'static str>,
    pub organizations: BTreeSet<&'static str>,
}

/// A provider, its clock, and its events in transit.
pub struct World {
    dice: Dice,
    /// The time in milliseconds since the epoch.
    pub now: u64,
    pub people: BTreeMap<&'static str, Person>,
    gone: BTreeSet<&'static str>,
    /// Each group's name and parent.
    pub groups: BTreeMap<&'static str, (String, Option<&'static str>)>,
    deleted_groups: BTreeSet<&'static str>,
    pub enabled: BTreeMap<&'static str, bool>,
    events: usize,
    /// The events that arrive late.
    pub late: Vec<Told>,
}

impl World {
    pub fn new(seed: u64, start: u64) -> Self {
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

    /// Lets time pass, in which something may change; returns the events that arrive.
    pub fn pass(&mut self) -> Vec<Told> {
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

    /// Changes something, and returns the facts of its event.
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

    /// The time that the data of a sweep has if it reads now.
    pub fn date(&self) -> u64 {
        self.now / 1_000 * 1_000
    }

    /// The expected data, in the form in which the test reads it.
    pub fn expected(&self) -> Value {
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

/// The fact about a whole user.
pub fn user_fact(user: &str, person: &Person) -> Value {
    json!({"kind": "user", "user": user, "creates": true, "username": person.username, "email": person.email,
        "first_name": "F", "last_name": person.last_name, "enabled": person.enabled,
        "attributes": person.attributes})
}
