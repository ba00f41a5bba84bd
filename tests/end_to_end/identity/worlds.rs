//! Random changes of users, groups and organizations at a provider: delivered in any order, and repeatedly, their
//! events have the same result here as in order.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::{
    Dice, Setup, TestDatabase,
    facts::{Told, ago, receive},
    identity::reset,
};

use super::state::state;

const USERS: [&str; 5] = ["u0", "u1", "u2", "u3", "u4"];
const NAMES: [&str; 6] = ["n0", "n1", "n2", "n3", "N4", "n5"];
/// The provider's organizations with their aliases; two of them are known here.
const ORGANIZATIONS: [(&str, &str); 3] = [("A", "acme"), ("G", "globex"), ("Z", "zed")];

/// A provider whose users are renamed, disabled and deleted, reuse each other's names, and join and leave.
struct World {
    dice: Dice,
    acme: String,
    /// The username and email of each existing user.
    called: BTreeMap<&'static str, (&'static str, Option<String>)>,
    gone: Vec<&'static str>,
}

impl World {
    /// Two users exist from the beginning, since they were seeded here.
    fn new(seed: u64, acme: &str) -> Self {
        let called = [("u0", "n0"), ("u1", "n1")];
        Self {
            dice: Dice(seed),
            acme: acme.to_owned(),
            called: called
                .map(|(user, name)| (user, (name, Some(email(user)))))
                .into(),
            gone: Vec::new(),
        }
    }

    fn free_name(&mut self) -> Option<&'static str> {
        let taken = |name: &&str| self.called.values().any(|(called, _)| called == name);
        let free: Vec<_> = NAMES.into_iter().filter(|name| !taken(name)).collect();
        (!free.is_empty()).then(|| *self.dice.pick(&free))
    }

    fn attributes(&mut self) -> Value {
        let acme = &self.acme;
        let choices = [
            json!({}),
            json!({"department": ["sales"], "shoe_size": ["44"]}),
            json!({"organization_id": [acme]}),
        ];
        self.dice.pick(&choices).clone()
    }

    /// The end of something other than a user; a client may be renamed at the same time.
    fn end(&mut self, user: &str) -> Value {
        let session = format!("s{}", self.dice.below(4));
        match self.dice.below(8) {
            0 => all_of(user),
            1 | 2 => {
                let mut ended =
                    json!({"kind": "revocation", "scope": "session", "session": session});
                if self.dice.percent(70) {
                    ended["user"] = json!(user);
                }
                ended
            }
            3 => json!({"kind": "revocation", "scope": "token_id", "token_id": session}),
            4 => json!({"kind": "revocation", "scope": "provider"}),
            5 => json!({"kind": "password_reset", "user": user}),
            6 => {
                json!({"kind": "not_before", "not_before": 1_700_000_000 + self.dice.below(1_000)})
            }
            _ => json!({"kind": "client", "client": *self.dice.pick(&["c1", "c2"]),
                "client_id": *self.dice.pick(&["web", "drive", "mail"]), "ended": self.dice.percent(50)}),
        }
    }

    /// The facts of the next event, if there is one.
    fn next(&mut self, number: usize) -> Option<Vec<Value>> {
        let user = *self.dice.pick(&USERS);
        if self.gone.contains(&user) {
            return None;
        }
        let Some((name, mail)) = self.called.get(user).cloned() else {
            let name = self.free_name()?;
            self.called.insert(user, (name, Some(email(user))));
            let attributes = self.attributes();
            let mut fact = json!({"kind": "user", "user": user, "creates": true, "username": name,
                "email": email(user), "first_name": "F", "enabled": true, "attributes": attributes});
            if self.dice.percent(20) {
                fact["service_account"] = json!(true);
            }
            return Some(vec![fact]);
        };
        let named = json!({"kind": "user", "user": user, "creates": false, "username": name});
        let organization = *self.dice.pick(&ORGANIZATIONS);
        let group = *self.dice.pick(&["g1", "g2"]);
        Some(match self.dice.below(16) {
            0 | 1 => {
                let name = self.free_name().unwrap_or(name);
                self.called.insert(user, (name, mail));
                vec![
                    json!({"kind": "user", "user": user, "creates": true, "username": name,
                    "last_name": self.dice.pick(&[Some("L"), None])}),
                ]
            }
            2 => {
                let other = format!("{user}-2@x.example");
                let mail = (user != "u4" || self.dice.percent(50)).then_some(other);
                self.called.insert(user, (name, mail.clone()));
                let mut fact = named;
                fact["email"] = json!(mail);
                vec![fact]
            }
            3 => {
                let enabled = self.dice.percent(50);
                let mut facts = vec![
                    json!({"kind": "user", "user": user, "creates": true, "enabled": enabled}),
                ];
                if !enabled {
                    facts.push(all_of(user));
                }
                facts
            }
            4 => {
                vec![
                    json!({"kind": "user", "user": user, "creates": true, "username": name,
                    "attributes": self.attributes()}),
                ]
            }
            5..=7 => {
                let mut fact = json!({"kind": "membership", "organization": organization.0,
                    "member": self.dice.percent(65), "username": name.to_lowercase()});
                if let Some(mail) = mail {
                    fact["email"] = json!(mail);
                }
                vec![fact]
            }
            8 => vec![json!({"kind": "membership", "organization": organization.0,
                "member": self.dice.percent(40), "user": user})],
            9 => vec![
                json!({"kind": "group_member", "group": group, "user": user, "member": self.dice.percent(60)}),
                named,
            ],
            10 => vec![match self.dice.below(10) {
                0..=3 => {
                    json!({"kind": "group", "group": group, "name": self.dice.pick(&["a", "b"]), "parent": null})
                }
                4..=6 => json!({"kind": "group", "group": group, "name": "c"}),
                7 | 8 => json!({"kind": "group", "group": group, "parent": "g1"}),
                _ => json!({"kind": "group_deleted", "group": group}),
            }],
            11 if self.dice.percent(90) => {
                vec![
                    json!({"kind": "organization", "organization": organization.0, "alias": organization.1,
                    "enabled": self.dice.percent(60)}),
                ]
            }
            11 => vec![json!({"kind": "organization_deleted", "organization": organization.0})],
            12 if self.dice.percent(30) => {
                self.called.remove(user);
                self.gone.push(user);
                vec![json!({"kind": "user_deleted", "user": user}), all_of(user)]
            }
            13 | 14 => vec![self.end(user)],
            _ if self.dice.percent(50) => vec![named, json!({"kind": "login", "user": user})],
            _ => vec![
                json!({"kind": "link", "user": user, "alias": "google", "linked": self.dice.percent(60),
                "external_id": number.to_string(), "username": "x"}),
            ],
        })
    }
}

/// The end of everything that a user has.
fn all_of(user: &str) -> Value {
    json!({"kind": "revocation", "scope": "subject", "user": user})
}

/// Users do not reuse each other's addresses: a user who was deleted before a renaming became known is still
/// mistaken for the one with both the username and the email, since nothing that could distinguish them is stored.
fn email(user: &str) -> String {
    format!("{user}@x.example")
}

/// The events of a random world, in order. Several of them may have the same time, with any ids.
fn events(seed: u64, acme: &str, start: u64) -> Vec<Told> {
    let mut world = World::new(seed, acme);
    let mut told = Vec::new();
    for number in 0..60 {
        if let Some(facts) = world.next(number) {
            let time = start + 1_000 * u64::try_from(number / 2).unwrap();
            told.push(Told::new(&format!("e{number:03}"), time, &facts));
        }
    }
    told
}

/// One user is a member of acme by a seeding, the other was removed from globex ten seconds after the start.
fn seed(database: &TestDatabase, start: u64) {
    reset(database);
    let statement = format!(
        "UPDATE shell.identity_providers
        SET attributes = ARRAY['department'], password_reset_ends_sessions = true WHERE slug = 'default';
        UPDATE shell.organizations SET external_id = 'A' WHERE slug = 'acme';
        INSERT INTO shell.users (id, identity_provider_id, external_id, username, email, display_name)
        SELECT gen_random_uuid(), p.id, 'u' || n, 'n' || n, 'u' || n || '@x.example', 'Seeded'
        FROM shell.identity_providers p, generate_series(0, 1) n WHERE p.slug = 'default';
        INSERT INTO shell.memberships (organization_id, user_id)
        SELECT o.id, u.id FROM shell.organizations o, shell.users u WHERE o.slug = 'acme' AND u.username = 'n0';
        INSERT INTO shell.removed_memberships
        SELECT o.id, 'u1', to_timestamp({start} / 1000.0 + 10) FROM shell.organizations o
        WHERE o.slug = 'globex'"
    );
    database.as_superuser().batch_execute(&statement).unwrap();
}

#[test]
fn any_order_of_what_happens_gives_what_the_true_one_gives() {
    let setup = Setup::seeded();
    let database = setup.database();
    let acme = database.organization("acme").to_string();
    let mut runtime = database.as_runtime();
    let start = ago(3_600_000);
    for world in 0..60 {
        let events = events(world, &acme, start);
        let mut dice = Dice(world);
        let mut expected = None;
        for round in 0..4 {
            let order = match round {
                0 => events.clone(),
                _ => dice.shuffled(&events),
            };
            seed(database, start);
            for told in &order {
                receive(&mut runtime, told);
            }
            let found = state(database);
            assert_eq!(found["failed"], Value::Null, "world {world}");
            let expected = expected.get_or_insert_with(|| found.clone());
            assert_eq!(&found, expected, "world {world}, round {round}: {order:#?}");
        }
    }
}
