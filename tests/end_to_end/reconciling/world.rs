//! A realm with random changes, and Keycloak's events about them.

use serde_json::{Value, json};
use tests::{Dice, Link, Person, Realm};
use uuid::Uuid;

const USERS: usize = 8;
const GROUPS: [&str; 5] = ["g1", "g2", "g3", "g4", "g5"];
const NAMES: [&str; 10] = ["n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9"];

/// Makes random changes.
pub struct World {
    pub dice: Dice,
    /// The number of users so far.
    users: usize,
    /// The number of groups so far, beyond the initial ones.
    groups: usize,
    /// The time of the last event.
    last: u64,
}

impl World {
    pub fn new(seed: u64) -> Self {
        Self {
            dice: Dice(seed),
            users: 0,
            groups: 0,
            last: 0,
        }
    }

    /// Makes a change in the realm and returns its event; `None` if no event reports it.
    pub fn happen(&mut self, realm: &mut Realm, now: u64) -> Option<Value> {
        self.last = now.max(self.last + 1);
        let users: Vec<_> = realm.users.keys().cloned().collect();
        if users.len() < 3 {
            return self.create(realm);
        }
        let user = self.dice.pick(&users).clone();
        match self.dice.below(20) {
            0 | 1 => self.create(realm),
            2 => self.delete(realm, &user),
            3 | 4 => self.rename(realm, &user),
            5..=7 => self.update(realm, &user),
            8..=11 => self.join_or_leave(realm, &user),
            12..=14 => self.enter_or_leave_group(realm, &user),
            15 | 16 => self.link(realm, &user),
            17 | 18 => self.change_group(realm),
            _ => self.change_organization(realm),
        }
    }

    /// The event of a change at a given time.
    pub fn told_of(
        &mut self,
        now: u64,
        kind: &str,
        path: &str,
        representation: &Value,
        details: &Value,
    ) -> Value {
        self.last = now.max(self.last + 1);
        self.event(kind, path, Some(representation), details)
    }

    fn event(
        &self,
        kind: &str,
        path: &str,
        representation: Option<&Value>,
        details: &Value,
    ) -> Value {
        let mut event = json!({"id": Uuid::now_v7(), "type": kind, "time": self.last, "realmName": "veni",
            "resourcePath": path, "details": details});
        if let Some(representation) = representation {
            event["representation"] = json!(representation.to_string());
        }
        event
    }

    fn free_name(&mut self, realm: &Realm) -> Option<&'static str> {
        let taken = |name: &&str| realm.users.values().any(|user| user.username == *name);
        let free: Vec<_> = NAMES.into_iter().filter(|name| !taken(name)).collect();
        (!free.is_empty()).then(|| *self.dice.pick(&free))
    }

    fn create(&mut self, realm: &mut Realm) -> Option<Value> {
        if realm.users.len() >= USERS {
            return None;
        }
        let name = self.free_name(realm)?;
        let id = format!("id-{}", self.users);
        self.users += 1;
        let user = Person {
            email: Some(format!("{id}@corp.example")),
            ..Person::named(name)
        };
        let sent = json!({"username": user.username, "email": user.email, "firstName": user.first_name,
            "lastName": user.last_name, "enabled": true});
        realm.users.insert(id.clone(), user);
        let details = json!({"userId": id, "username": name});
        Some(self.event(
            "admin.USER-CREATE",
            &format!("users/{id}"),
            Some(&sent),
            &details,
        ))
    }

    fn delete(&mut self, realm: &mut Realm, id: &str) -> Option<Value> {
        let user = realm.users.remove(id)?;
        if self.dice.percent(30) {
            let mut event = self.event("access.DELETE_ACCOUNT", "", None, &json!({}));
            event["authDetails"] = json!({"userId": id, "username": user.username});
            return Some(event);
        }
        let sent = json!({"id": id, "username": user.username});
        Some(self.event(
            "admin.USER-DELETE",
            &format!("users/{id}"),
            Some(&sent),
            &json!({"userId": id}),
        ))
    }

    fn changed(&self, realm: &mut Realm, id: &str, sent: &Value) -> Value {
        let details = json!({"userId": id, "username": realm.user(id).username});
        self.event(
            "admin.USER-UPDATE",
            &format!("users/{id}"),
            Some(sent),
            &details,
        )
    }

    fn rename(&mut self, realm: &mut Realm, id: &str) -> Option<Value> {
        let name = self.free_name(realm)?;
        name.clone_into(&mut realm.user(id).username);
        Some(self.changed(realm, id, &json!({"username": name})))
    }

    fn update(&mut self, realm: &mut Realm, id: &str) -> Option<Value> {
        let number = self.dice.below(1_000).to_string();
        let user = realm.user(id);
        let sent = match self.dice.below(5) {
            0 => {
                user.last_name = Some(number);
                json!({"lastName": user.last_name})
            }
            1 => {
                user.first_name = self.dice.percent(70).then_some(number);
                json!({"firstName": user.first_name})
            }
            2 => {
                user.email = Some(format!("{id}-{number}@corp.example"));
                json!({"email": user.email})
            }
            3 => {
                user.is_disabled = !user.is_disabled;
                json!({"enabled": !user.is_disabled})
            }
            _ => {
                let department = ("department".to_owned(), vec![number]);
                user.attributes = self
                    .dice
                    .percent(70)
                    .then_some(department)
                    .into_iter()
                    .collect();
                json!({"attributes": user.attributes})
            }
        };
        Some(self.changed(realm, id, &sent))
    }

    /// The further details of an event about a user who joins or leaves something.
    fn called(user: &Person) -> Value {
        json!({"username": user.username, "email": user.email})
    }

    fn join_or_leave(&mut self, realm: &mut Realm, id: &str) -> Option<Value> {
        let organizations: Vec<_> = realm.organizations.keys().cloned().collect();
        let organization = self.dice.pick(&organizations).clone();
        let shown = &realm.organizations[&organization];
        let sent = json!({"id": organization, "alias": shown.alias, "enabled": !shown.is_disabled});
        let user = realm.user(id);
        let details = Self::called(user);
        if user.organizations.insert(organization.clone()) {
            let path = format!("organizations/{organization}/members");
            return Some(self.event(
                "admin.ORGANIZATION_MEMBERSHIP-CREATE",
                &path,
                Some(&sent),
                &details,
            ));
        }
        realm.leave(id, &organization);
        let path = format!("organizations/{organization}/members/{id}");
        Some(self.event(
            "admin.ORGANIZATION_MEMBERSHIP-DELETE",
            &path,
            Some(&sent),
            &details,
        ))
    }

    fn enter_or_leave_group(&mut self, realm: &mut Realm, id: &str) -> Option<Value> {
        let groups: Vec<_> = realm.groups.keys().cloned().collect();
        if groups.is_empty() {
            return None;
        }
        let group = self.dice.pick(&groups).clone();
        let Realm { users, groups, .. } = realm;
        let (user, shown) = (users.get_mut(id)?, &groups[&group]);
        if let Some(organization) = &shown.organization
            && !user.organizations.contains(organization)
        {
            return None;
        }
        let details = Self::called(user);
        let joins = user.groups.insert(group.clone());
        if !joins {
            user.groups.remove(&group);
        }
        let mut sent =
            json!({"id": group, "name": shown.name, "path": format!("/…/{}", shown.name)});
        if let Some(parent) = &shown.parent {
            sent["parentId"] = json!(parent);
        }
        let done = if joins { "CREATE" } else { "DELETE" };
        let (kind, path) = match &shown.organization {
            Some(organization) => (
                format!("admin.ORGANIZATION_GROUP_MEMBERSHIP-{done}"),
                format!("organizations/{organization}/groups/{group}/members/{id}"),
            ),
            None => (
                format!("admin.GROUP_MEMBERSHIP-{done}"),
                format!("users/{id}/groups/{group}"),
            ),
        };
        Some(self.event(&kind, &path, Some(&sent), &details))
    }

    fn link(&mut self, realm: &mut Realm, id: &str) -> Option<Value> {
        let alias = *self.dice.pick(&["google", "partner"]);
        let username = format!("x{}", self.dice.below(100));
        let links = &mut realm.user(id).links;
        let path = format!("users/{id}/federated-identity/{alias}");
        if let Some(link) = links.get_mut(alias) {
            if self.dice.percent(50) {
                // The username changes there, which no event reports.
                link.username = username;
                return None;
            }
            links.remove(alias);
            return Some(self.event("admin.USER-DELETE", &path, None, &json!({})));
        }
        let link = Link {
            id: format!("there-{id}"),
            username,
        };
        let sent = json!({"identityProvider": alias, "userId": link.id, "userName": link.username});
        links.insert(alias.to_owned(), link);
        Some(self.event("admin.USER-CREATE", &path, Some(&sent), &json!({})))
    }

    fn change_group(&mut self, realm: &mut Realm) -> Option<Value> {
        let (at_the_top, within) = ("groups".to_owned(), "organizations/A/groups".to_owned());
        let groups: Vec<_> = realm.groups.keys().cloned().collect();
        if groups.len() < GROUPS.len() {
            let id = format!("g-{}", self.groups);
            self.groups += 1;
            let sent = json!({"id": id, "name": id});
            if realm.organizations.contains_key("A") && self.dice.percent(30) {
                realm.add_group_within("A", &id, &id);
                return Some(self.event(
                    "admin.ORGANIZATION_GROUP-CREATE",
                    &within,
                    Some(&sent),
                    &json!({}),
                ));
            }
            realm.add_group(&id, &id, None);
            let path = format!("{at_the_top}/{id}");
            return Some(self.event("admin.GROUP-CREATE", &path, Some(&sent), &json!({})));
        }
        let id = self.dice.pick(&groups).clone();
        let organization = realm.groups[&id].organization.clone();
        let (kind, base) = match organization {
            Some(_) => ("admin.ORGANIZATION_GROUP", within),
            None => ("admin.GROUP", at_the_top),
        };
        let path = format!("{base}/{id}");
        match self.dice.below(3) {
            0 => {
                realm.delete_group(&id);
                Some(self.event(&format!("{kind}-DELETE"), &path, None, &json!({})))
            }
            1 => {
                let name = format!("name{}", self.dice.below(100));
                realm.groups.get_mut(&id)?.name.clone_from(&name);
                let sent = json!({ "name": name });
                Some(self.event(&format!("{kind}-UPDATE"), &path, Some(&sent), &json!({})))
            }
            _ => {
                let sent = json!({"id": id, "name": realm.groups[&id].name});
                let others = realm.groups.iter();
                // Below another top-level group of the same kind, so that no group is below itself.
                let others = others.filter(|(other, group)| {
                    **other != id
                        && group.parent.is_none()
                        && group.organization == realm.groups[&id].organization
                });
                let others: Vec<_> = others.map(|(id, _)| id.clone()).collect();
                let has_children = realm
                    .groups
                    .values()
                    .any(|group| group.parent.as_ref() == Some(&id));
                let parent = (!others.is_empty() && !has_children && self.dice.percent(70))
                    .then(|| self.dice.pick(&others).clone());
                let path = match &parent {
                    Some(parent) => format!("{base}/{parent}/children"),
                    None => base,
                };
                realm.groups.get_mut(&id)?.parent = parent;
                Some(self.event(&format!("{kind}-UPDATE"), &path, Some(&sent), &json!({})))
            }
        }
    }

    fn change_organization(&mut self, realm: &mut Realm) -> Option<Value> {
        let organizations: Vec<_> = realm.organizations.keys().cloned().collect();
        let id = self.dice.pick(&organizations).clone();
        let path = format!("organizations/{id}");
        if id == "Z" && self.dice.percent(20) {
            realm.delete_organization(&id);
            return Some(self.event("admin.ORGANIZATION-DELETE", &path, None, &json!({})));
        }
        let organization = realm.organizations.get_mut(&id)?;
        organization.is_disabled = !organization.is_disabled;
        let sent =
            json!({"name": id, "alias": organization.alias, "enabled": !organization.is_disabled});
        Some(self.event("admin.ORGANIZATION-UPDATE", &path, Some(&sent), &json!({})))
    }
}
