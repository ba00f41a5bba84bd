//! The true answers of the Admin API.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Realm, realm::Group};
use crate::Reply;

/// The default number of items in a list.
const ITEMS: usize = 100;

/// The settings of the server, beside the realm's data.
#[derive(Clone, Debug)]
pub(super) struct Manner {
    /// The realm's name.
    pub realm: String,
    /// Whether the client has the role `view-realm`.
    pub shows_realm: bool,
    /// Whether organizations have groups, as since 26.6.
    pub groups_within: bool,
    /// Whether groups report the number of their subgroups.
    pub counts_groups: bool,
    /// Whether service accounts can be read by their ids.
    pub shows_service_accounts: bool,
    /// The maximum number of users in a page, whatever the request asks for.
    pub longest_page: usize,
}

/// The answer for a path in the realm's part of the Admin API.
pub(super) fn answer(realm: &Realm, manner: &Manner, path: &[&str], query: &str) -> Reply {
    let page = Page::of(query);
    match path {
        [] => Reply::of(realm_shown(realm, manner).to_string()),
        ["users"] => users(realm, &page, manner.longest_page),
        ["users", "count"] => Reply::of(listed(realm).len().to_string()),
        ["users", id] => match realm.users.get(*id) {
            Some(user) if manner.shows_service_accounts || !user.is_service_account => {
                let mut shown = user.shown(id);
                shown["federatedIdentities"] = Value::Array(user.links_shown());
                Reply::of(shown.to_string())
            }
            _ => no_user(),
        },
        ["users", id, "groups"] => of_user(realm, id, |user| {
            let groups = user.groups.iter().map(|id| (id, &realm.groups[id]));
            let groups = groups.filter(|(_, group)| group.organization.is_none());
            page.of_groups(realm, groups.collect(), manner)
        }),
        ["users", id, "federated-identity"] => of_user(realm, id, |user| list(user.links_shown())),
        ["organizations"] => {
            let organizations = realm.organizations.iter();
            let shown = organizations.map(|(id, organization)| organization.shown(id));
            list(page.part(shown.collect()))
        }
        ["organizations", "members", id, "organizations"] => match realm.users.get(*id) {
            // All at once, whichever page is requested.
            Some(user) => {
                let organizations = user.organizations.iter();
                let shown = organizations.map(|id| realm.organizations[id].shown(id));
                list(shown.collect())
            }
            None => nothing(),
        },
        ["organizations", id, rest @ ..] => match realm.organizations.get(*id) {
            Some(organization) if rest.is_empty() => Reply::of(organization.shown(id).to_string()),
            Some(_) => within(realm, manner, id, rest, &page),
            None => not_found(&json!({"errorMessage": "Organization not found."})),
        },
        ["groups"] => page.of_groups(realm, realm.children(None, None), manner),
        ["groups", id, rest @ ..] => group(realm, manner, id, None, rest, &page),
        _ => nothing(),
    }
}

fn realm_shown(realm: &Realm, manner: &Manner) -> Value {
    let mut shown = json!({"realm": manner.realm, "registrationEmailAsUsername": false,
        "bruteForceProtected": false, "supportedLocales": [], "organizationsEnabled": true});
    if manner.shows_realm {
        shown["id"] = json!("a-realm");
        shown["notBefore"] = json!(realm.not_before);
    }
    shown
}

/// The answer for a path within an organization.
fn within(realm: &Realm, manner: &Manner, id: &str, path: &[&str], page: &Page) -> Reply {
    match path {
        ["members"] => {
            let members = realm.users.iter();
            let members = members.filter(|(_, user)| user.organizations.contains(id));
            let shown = members.map(|(id, user)| user.shown(id));
            list(page.part(shown.collect()))
        }
        ["members", user, "groups"] if manner.groups_within => match realm.users.get(*user) {
            Some(user) if user.organizations.contains(id) => {
                let groups = user.groups.iter().map(|id| (id, &realm.groups[id]));
                let groups = groups.filter(|(_, group)| group.organization.as_deref() == Some(id));
                page.of_groups(realm, groups.collect(), manner)
            }
            _ => nothing(),
        },
        ["groups"] if manner.groups_within => {
            page.of_groups(realm, realm.children(None, Some(id)), manner)
        }
        ["groups", group_id, rest @ ..] if manner.groups_within => {
            group(realm, manner, group_id, Some(id), rest, page)
        }
        _ => nothing(),
    }
}

/// A group, or what it contains.
fn group(
    realm: &Realm,
    manner: &Manner,
    id: &str,
    organization: Option<&str>,
    path: &[&str],
    page: &Page,
) -> Reply {
    let found = match (realm.groups.get(id), organization) {
        (Some(found), _) if found.organization.as_deref() == organization => found,
        (Some(_), None) => {
            return refused(
                400,
                &json!({"errorMessage": "Cannot manage organization related group via non Organization API."}),
            );
        }
        (Some(_), Some(_)) => {
            return refused(
                400,
                &json!({"errorMessage": "Group does not belong to the organization"}),
            );
        }
        (None, None) => return not_found(&json!({"error": "Could not find group by id"})),
        (None, Some(_)) => return not_found(&json!({"errorMessage": "Group does not exist"})),
    };
    match path {
        [] => {
            let shown = realm.group_shown(id, found, manner.counts_groups);
            Reply::of(shown.to_string())
        }
        ["children"] => page.of_groups(realm, realm.children(Some(id), None), manner),
        ["members"] => {
            let members = realm.users.iter();
            let members = members.filter(|(_, user)| user.groups.contains(id));
            let shown = members.map(|(id, user)| user.shown(id));
            list(page.part(shown.collect()))
        }
        _ => nothing(),
    }
}

/// The users that lists contain, by username.
fn listed(realm: &Realm) -> Vec<(&String, &super::Person)> {
    let users = realm.users.iter();
    let mut users: Vec<_> = users.filter(|(_, user)| !user.is_service_account).collect();
    users.sort_by_key(|(_, user)| &user.username);
    users
}

fn users(realm: &Realm, page: &Page, longest: usize) -> Reply {
    let users = listed(realm).into_iter();
    let users = users
        .skip(page.first)
        .take(page.length.min(longest))
        .map(|(id, user)| {
            let mut shown = user.shown(id);
            if page.is_brief
                && let Some(shown) = shown.as_object_mut()
            {
                shown.remove("attributes");
            }
            shown
        });
    list(users.collect())
}

fn of_user(realm: &Realm, id: &str, list: impl FnOnce(&super::Person) -> Reply) -> Reply {
    realm.users.get(id).map_or_else(no_user, list)
}

fn no_user() -> Reply {
    not_found(&json!({"error": "User not found"}))
}

/// A 404, with a short body.
fn nothing() -> Reply {
    not_found(&json!({"error": "HTTP 404 Not Found"}))
}

pub(super) fn not_found(body: &Value) -> Reply {
    refused(404, body)
}

fn refused(status: u16, body: &Value) -> Reply {
    Reply {
        status,
        ..Reply::of(body.to_string())
    }
}

fn list(items: Vec<Value>) -> Reply {
    Reply::of(Value::Array(items).to_string())
}

/// The part of a list that is requested.
struct Page {
    first: usize,
    length: usize,
    is_brief: bool,
}

impl Page {
    fn of(query: &str) -> Self {
        let query: BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes()).collect();
        let number = |name: &str| query.get(name).and_then(|value| value.parse().ok());
        Self {
            first: number("first").unwrap_or(0),
            length: number("max").unwrap_or(ITEMS),
            is_brief: query
                .get("briefRepresentation")
                .is_some_and(|brief| brief == "true"),
        }
    }

    fn part(&self, items: Vec<Value>) -> Vec<Value> {
        items
            .into_iter()
            .skip(self.first)
            .take(self.length)
            .collect()
    }

    fn of_groups(&self, realm: &Realm, groups: Vec<(&String, &Group)>, manner: &Manner) -> Reply {
        let shown =
            |(id, group): (&String, &Group)| realm.group_shown(id, group, manner.counts_groups);
        list(self.part(groups.into_iter().map(shown).collect()))
    }
}
