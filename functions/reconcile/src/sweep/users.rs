//! The users of the realm, and what belongs to each of them.

use anyhow::anyhow;
use job::progress::Counted;
use keycloak::Fault;

use super::Sweep;
use super::owned::{self, Owned};
use crate::address::can_be_asked_for;
use crate::answer::Kind;
use crate::pages::Pages;
use crate::reading::users::{Listed, Person, listed};
use crate::reading::{AsOf, UserRow};

impl Sweep<'_> {
    /// Reads all users, a page at a time.
    pub(super) async fn users(&mut self) -> anyhow::Result<()> {
        let mut progress = Counted::new("reading users");
        let path = "users?briefRepresentation=false";
        let mut pages = Pages::of(self.client, Kind::User, &[], path);
        while let Some(page) = pages.next().await? {
            let objects = page.list(Kind::User)?;
            let items = objects.iter().map(|object| {
                let listed = listed(object);
                let listed = listed.map(|listed| (page.at, listed));
                listed.map_err(|fault| anyhow!("an item of the list of users: {}", fault.0))
            });
            let items = items.collect::<anyhow::Result<Vec<_>>>()?;
            drop(objects);
            progress.add(u64::try_from(items.len()).unwrap_or_default());
            drop(page);
            self.people(items).await?;
        }
        Ok(())
    }

    /// Reads what belongs to users of a list, and adds the users.
    pub(super) async fn people(&mut self, items: Vec<(u64, Listed)>) -> anyhow::Result<()> {
        let mut persons = Vec::new();
        let mut seen = Vec::new();
        for (at, item) in items {
            match item {
                Listed::Person(person) if can_be_asked_for(&person.user.user) => {
                    persons.push((at, *person));
                }
                Listed::Person(person) => {
                    self.warn_of(&person.user.user, Fault("unusable_identifier"));
                    seen.push(person.user.user);
                }
                Listed::ServiceAccount(id) => seen.push(id),
                Listed::Unreadable(id, fault) => {
                    self.warn_of(&id, fault);
                    seen.push(id);
                }
            }
        }
        let ids: Vec<_> = persons
            .iter()
            .map(|(_, person)| person.user.user.clone())
            .collect();
        let owned =
            owned::of_all(self.client, &ids, self.has_organizations, &self.with_groups).await?;
        for (((at, person), owned), id) in persons.into_iter().zip(owned).zip(ids) {
            match owned {
                Some(owned) => self.add_user(at, person, owned)?,
                None => drop(self.left_out.insert(id)),
            }
        }
        // Also if there are none: this records that the sweep is still in progress.
        self.store.seen("user", seen)?;
        Ok(())
    }

    fn add_user(&mut self, at: u64, person: Person, owned: Owned) -> anyhow::Result<()> {
        self.found += 1;
        // Groups and organizations that were created after their own list was read.
        for (at, fact) in owned.facts() {
            if !self.told.contains(&fact.key()) {
                self.add_fact(at, fact)?;
            }
        }
        let id = person.user.user.clone();
        // If groups and organizations that the provider has deleted are kept, so are the memberships in them.
        let is_told = !self.keeps_places;
        let lists_organization_groups = self.has_organizations && self.has_organization_groups;
        let at_of_groups = owned.groups.at;
        let row = UserRow {
            at,
            user: person.user,
            not_before: person.not_before,
            links: owned.links,
            groups: is_told.then(|| owned.groups.map(|group| group.group)),
            organization_groups: (is_told && lists_organization_groups)
                .then_some(AsOf { at: at_of_groups }),
            organizations: owned
                .organizations
                .filter(|_| is_told)
                .map(|list| list.map(|told| told.organization)),
        };
        self.users.add(&id, &row)?;
        if self.users.is_full() {
            self.tell_users()?;
        }
        Ok(())
    }

    fn warn_of(&mut self, id: &str, fault: Fault) {
        self.unreadable += 1;
        eprintln!("user {id}: unreadable ({})", fault.0);
    }
}
