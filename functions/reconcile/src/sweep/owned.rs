//! What belongs to a user: links, groups and organizations, read from the user's side only.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Context as _, anyhow};
use keycloak::{Fault, Group, Object, Organization};

use crate::address::segment;
use crate::answer::Kind;
use crate::client::Client;
use crate::pacing;
use crate::pages::Pages;
use crate::reading::groups::joined;
use crate::reading::links::{Link, link};
use crate::reading::organizations::organization;
use crate::reading::{Fact, List};

/// Everything that belongs to a user.
pub(super) struct Owned {
    pub links: List<Link>,
    pub groups: List<Group>,
    /// `None` if the realm has no organizations at all.
    pub organizations: Option<List<Organization>>,
}

/// The list that is requested.
#[derive(Clone, Copy)]
enum Own<'a> {
    Links,
    Groups,
    Organizations,
    /// The groups within an organization.
    GroupsIn(&'a str),
}

/// A list that was read.
enum Read {
    Links(List<Link>),
    Groups(List<Group>),
    Organizations(List<Organization>),
    /// The user was deleted meanwhile.
    Gone,
}

/// Reads what belongs to each of these users; `None` for one that was deleted meanwhile. Organizations are requested if
/// there may be some, and groups within those that have some.
pub(super) async fn of_all(
    client: &Client,
    ids: &[String],
    has_organizations: bool,
    with_groups: &HashSet<String>,
) -> anyhow::Result<Vec<Option<Owned>>> {
    let own = [Own::Links, Own::Groups, Own::Organizations];
    let own = own.get(..if has_organizations { 3 } else { 2 });
    let own = own.unwrap_or_default();
    let asked = ids
        .iter()
        .flat_map(|id| own.iter().map(move |own| read(client, id, *own)));
    let mut lists = pacing::all(asked).await?.into_iter();
    let mut all: Vec<_> = ids
        .iter()
        .map(|_| owned(lists.by_ref().take(own.len())))
        .collect();

    let within = all
        .iter()
        .zip(ids)
        .enumerate()
        .flat_map(|(place, (owned, id))| {
            let organizations = owned
                .iter()
                .filter_map(|owned| owned.organizations.as_ref());
            let organizations = organizations.flat_map(|list| &list.items);
            let organizations = organizations.map(|told| told.organization.clone());
            let organizations = organizations.filter(|told| with_groups.contains(told));
            organizations.map(move |organization| (place, id, organization))
        });
    let within: Vec<_> = within.collect();
    let asked = within
        .iter()
        .map(|(_, id, organization)| read(client, id, Own::GroupsIn(organization)));
    let lists = pacing::all(asked).await?;
    for ((place, ..), list) in within.iter().zip(lists) {
        if let Some(place) = all.get_mut(*place) {
            *place = place.take().and_then(|owned| owned.with_groups(list));
        }
    }
    Ok(all)
}

/// Combines the lists of a user; `None` if one of them does not exist any more.
fn owned(lists: impl Iterator<Item = Read>) -> Option<Owned> {
    let (mut links, mut groups, mut organizations) = (None, None, None);
    for list in lists {
        match list {
            Read::Links(list) => links = Some(list),
            Read::Groups(list) => groups = Some(list),
            Read::Organizations(list) => organizations = Some(list),
            Read::Gone => {}
        }
    }
    Some(Owned {
        links: links?,
        groups: groups?,
        organizations,
    })
}

impl Owned {
    /// Adds the groups within an organization. The combined list has the time of the part that was read first.
    fn with_groups(mut self, list: Read) -> Option<Self> {
        let Read::Groups(list) = list else {
            return None;
        };
        self.groups.at = self.groups.at.min(list.at);
        self.groups.items.extend(list.items);
        Some(self)
    }

    /// The facts about groups and organizations themselves that are in the lists.
    pub(super) fn facts(&self) -> impl Iterator<Item = (u64, Fact)> {
        let groups = self.groups.items.iter().cloned().map(Fact::Group);
        let groups = groups.map(|fact| (self.groups.at, fact));
        let organizations = self.organizations.iter().flat_map(|list| {
            let facts = list.items.iter().cloned().map(Fact::Organization);
            facts.map(|fact| (list.at, fact))
        });
        groups.chain(organizations)
    }
}

async fn read(client: &Client, id: &str, own: Own<'_>) -> anyhow::Result<Read> {
    let id = segment(id);
    let read = match own {
        Own::Links => {
            let path = format!("users/{id}/federated-identity");
            let list = whole(client, Kind::User, &path, link, |link| link.alias.clone()).await?;
            list.map(Read::Links)
        }
        Own::Organizations => {
            let path = format!("organizations/members/{id}/organizations");
            let key = |told: &Organization| told.organization.clone();
            let list = whole(client, Kind::Organization, &path, organization, key).await?;
            list.map(Read::Organizations)
        }
        Own::Groups => {
            let path = format!("users/{id}/groups?briefRepresentation=true");
            paged(client, Kind::User, path, None)
                .await?
                .map(Read::Groups)
        }
        Own::GroupsIn(organization) => {
            let within = segment(organization);
            let path =
                format!("organizations/{within}/members/{id}/groups?briefRepresentation=true");
            let list = paged(client, Kind::Organization, path, Some(organization)).await?;
            list.map(Read::Groups)
        }
    };
    Ok(read.unwrap_or(Read::Gone))
}

/// A list without pages; `None` if the user does not exist any more.
async fn whole<T>(
    client: &Client,
    kind: Kind,
    path: &str,
    item: fn(&Object<'_>) -> Result<T, Fault>,
    key: fn(&T) -> String,
) -> anyhow::Result<Option<List<T>>> {
    let answer = client.get(path).await?;
    let objects = answer.list_of(kind, owners(kind));
    let Some(objects) = objects.with_context(|| format!("GET {path}"))? else {
        return Ok(None);
    };
    let mut items = BTreeMap::new();
    add(&mut items, objects, item, key).with_context(|| format!("GET {path}"))?;
    Ok(Some(List {
        at: answer.at,
        items: items.into_values().collect(),
    }))
}

/// A list of groups, which is read page by page; `None` if the user does not exist any more, or is not a member any
/// more. It has the time of its first page.
async fn paged(
    client: &Client,
    kind: Kind,
    path: String,
    organization: Option<&str>,
) -> anyhow::Result<Option<List<Group>>> {
    let mut items = BTreeMap::new();
    let mut pages = Pages::of(client, kind, owners(kind), path.as_str());
    while let Some(page) = pages.next().await? {
        let Some(objects) = page.list_of(kind, owners(kind))? else {
            return Ok(None);
        };
        let added = add(
            &mut items,
            objects,
            |object| joined(object, organization),
            |group| group.group.clone(),
        );
        added.with_context(|| format!("GET {path}"))?;
    }
    Ok(Some(List {
        at: pages.at,
        items: items.into_values().collect(),
    }))
}

/// Adds items of a list, each once.
fn add<T>(
    items: &mut BTreeMap<String, T>,
    objects: Vec<Object<'_>>,
    item: impl Fn(&Object<'_>) -> Result<T, Fault>,
    key: fn(&T) -> String,
) -> anyhow::Result<()> {
    for object in &objects {
        let item = item(object).map_err(|fault| anyhow!("an item of the list: {}", fault.0))?;
        items.insert(key(&item), item);
    }
    Ok(())
}

/// The owners with which a list of a user disappears. Below organizations, the answer about a user that was deleted, or
/// is not a member any more, is the same as about a path that never existed: a user that is left out for this reason is
/// requested by its identifier, where the answer is unambiguous.
fn owners(kind: Kind) -> &'static [Kind] {
    match kind {
        Kind::User | Kind::Group => &[Kind::User],
        Kind::Organization | Kind::Resource => &[Kind::Organization, Kind::Resource],
    }
}
