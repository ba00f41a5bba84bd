//! A realm as data: what exists in it, and what is deleted along with it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// The realm's objects by their Keycloak ids.
#[derive(Clone, Debug, Default)]
pub struct Realm {
    /// The users.
    pub users: BTreeMap<String, Person>,
    /// The groups, those of the realm and those within organizations.
    pub groups: BTreeMap<String, Group>,
    /// The organizations.
    pub organizations: BTreeMap<String, Organization>,
    /// Tokens issued before this time are invalid, in seconds since the epoch.
    pub not_before: u64,
}

/// A user.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Person {
    /// The username.
    pub username: String,
    /// The address.
    pub email: Option<String>,
    /// The given name.
    pub first_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// Whether the user is disabled.
    pub is_disabled: bool,
    /// The attributes with all their values.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Tokens issued before this time are invalid, in seconds since the epoch.
    pub not_before: u64,
    /// Whether it is the user of a client: then lists do not contain it.
    pub is_service_account: bool,
    /// The ids of its groups.
    pub groups: BTreeSet<String>,
    /// Its identities at other providers, by the providers' aliases.
    pub links: BTreeMap<String, Link>,
    /// The ids of the organizations that it is a member of.
    pub organizations: BTreeSet<String>,
}

/// An identity at another provider.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Link {
    /// Its identifier there.
    pub id: String,
    /// Its username there.
    pub username: String,
}

/// A group.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// The id of its parent group.
    pub parent: Option<String>,
    /// The id of its organization.
    pub organization: Option<String>,
}

/// An organization.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Organization {
    /// Its alias, which is its name in tokens.
    pub alias: String,
    /// Whether it is disabled, so that its members cannot act in it.
    pub is_disabled: bool,
}

impl Person {
    /// A user with an email address and a name.
    pub fn named(username: &str) -> Self {
        Self {
            username: username.to_owned(),
            email: Some(format!("{username}@corp.example")),
            first_name: Some("First".to_owned()),
            last_name: Some(format!("Last of {username}")),
            ..Self::default()
        }
    }

    /// The user's representation in a page. A service account is only recognized by its username.
    pub(super) fn shown(&self, id: &str) -> Value {
        let mut shown = json!({"id": id, "username": self.username, "emailVerified": false,
            "enabled": !self.is_disabled, "createdTimestamp": 1_795_815_080_027_u64, "totp": false,
            "disableableCredentialTypes": [], "requiredActions": [], "notBefore": self.not_before,
            "access": {"manage": false}});
        for (name, value) in [
            ("email", &self.email),
            ("firstName", &self.first_name),
            ("lastName", &self.last_name),
        ] {
            if let Some(value) = value {
                shown[name] = json!(value);
            }
        }
        if !self.attributes.is_empty() {
            shown["attributes"] = json!(self.attributes);
        }
        shown
    }

    /// The representation of the identities at other providers.
    pub(super) fn links_shown(&self) -> Vec<Value> {
        let shown = |(alias, link): (&String, &Link)| {
            json!({"identityProvider": alias, "userId": link.id,
                "userName": link.username})
        };
        self.links.iter().map(shown).collect()
    }
}

impl Organization {
    /// An organization with this alias.
    pub fn called(alias: &str) -> Self {
        Self {
            alias: alias.to_owned(),
            is_disabled: false,
        }
    }

    pub(super) fn shown(&self, id: &str) -> Value {
        json!({"id": id, "name": format!("{} Ltd", self.alias), "alias": self.alias,
            "enabled": !self.is_disabled, "domains": [{"name": format!("{}.example", self.alias), "verified": true}]})
    }
}

impl Realm {
    /// Adds a user whose id is its username with the prefix `id-`.
    pub fn add(&mut self, username: &str) -> &mut Person {
        let id = format!("id-{username}");
        self.users.insert(id.clone(), Person::named(username));
        self.user(&id)
    }

    /// An existing user.
    #[track_caller]
    pub fn user(&mut self, id: &str) -> &mut Person {
        self.users.get_mut(id).expect("a user of the realm")
    }

    /// Adds a group at the top level, or within another group.
    pub fn add_group(&mut self, id: &str, name: &str, parent: Option<&str>) {
        let parent = parent.map(str::to_owned);
        let organization = parent.as_ref().and_then(|parent| {
            let parent = self.groups.get(parent).expect("a group of the realm");
            parent.organization.clone()
        });
        let name = name.to_owned();
        let group = Group {
            name,
            parent,
            organization,
        };
        self.groups.insert(id.to_owned(), group);
    }

    /// Adds a group to an organization.
    pub fn add_group_within(&mut self, organization: &str, id: &str, name: &str) {
        let group = Group {
            name: name.to_owned(),
            parent: None,
            organization: Some(organization.to_owned()),
        };
        self.groups.insert(id.to_owned(), group);
    }

    /// Deletes a group with all groups below it; its users leave them.
    pub fn delete_group(&mut self, id: &str) {
        let below = self.groups.iter();
        let below = below.filter(|(_, group)| group.parent.as_deref() == Some(id));
        let below: Vec<_> = below.map(|(id, _)| id.clone()).collect();
        for child in below {
            self.delete_group(&child);
        }
        self.groups.remove(id);
        for user in self.users.values_mut() {
            user.groups.remove(id);
        }
    }

    /// Deletes an organization with its groups and memberships.
    pub fn delete_organization(&mut self, id: &str) {
        self.organizations.remove(id);
        let within = self.groups.iter();
        let within = within.filter(|(_, group)| group.organization.as_deref() == Some(id));
        let within: Vec<_> = within.map(|(id, _)| id.clone()).collect();
        for group in within {
            self.delete_group(&group);
        }
        for user in self.users.values_mut() {
            user.organizations.remove(id);
        }
    }

    /// Ends a membership, and the user's membership in the organization's groups.
    pub fn leave(&mut self, user: &str, organization: &str) {
        let Self { users, groups, .. } = self;
        let user = users.get_mut(user).expect("a user of the realm");
        user.organizations.remove(organization);
        let within = |id: &String| groups[id].organization.as_deref() == Some(organization);
        user.groups.retain(|id| !within(id));
    }

    /// A group's representation in lists. A top-level group of an organization has a parent that no list contains.
    pub(super) fn group_shown(&self, id: &str, group: &Group, counts: bool) -> Value {
        let mut shown =
            json!({"id": id, "name": group.name, "path": self.path(group), "subGroups": []});
        let hidden = group.organization.as_ref();
        let hidden = hidden.map(|organization| format!("hidden-{organization}"));
        if let Some(parent) = group.parent.as_ref().or(hidden.as_ref()) {
            shown["parentId"] = json!(parent);
        }
        if counts && group.organization.is_none() {
            shown["subGroupCount"] = json!(self.children(Some(id), None).len());
        }
        shown
    }

    fn path(&self, group: &Group) -> String {
        let parent = group.parent.as_ref();
        let above = parent.map(|parent| self.path(&self.groups[parent]));
        format!("{}/{}", above.unwrap_or_default(), group.name)
    }

    /// The groups within another group, or at the top level of the realm or of an organization, by name.
    pub(super) fn children(
        &self,
        parent: Option<&str>,
        organization: Option<&str>,
    ) -> Vec<(&String, &Group)> {
        let is_one = |group: &Group| match parent {
            Some(_) => group.parent.as_deref() == parent,
            None => group.parent.is_none() && group.organization.as_deref() == organization,
        };
        let groups = self.groups.iter().filter(|(_, group)| is_one(group));
        let mut groups: Vec<_> = groups.collect();
        groups.sort_by_key(|(id, group)| (&group.name, *id));
        groups
    }
}
