//! The walk through a realm, in its order, and the changes that PostgreSQL gets on the way.

mod deleting;
mod groups;
mod missing;
mod organizations;
mod owned;
mod request;
mod users;

use std::collections::{BTreeSet, HashSet};

use anyhow::{Context as _, anyhow, bail};
use keycloak::{Object, Organization};
use serde_json::Value;

use crate::batch::Batch;
use crate::client::Client;
use crate::failure::Failure;
use crate::provider::Provider;
use crate::reading::realm::{NotBefore, Told, told};
use crate::reading::{AliasFact, AliasRow, Fact, FactRow};
use crate::report::Report;
use crate::store::{self, Store};

/// What a run may do.
#[derive(Clone, Copy)]
pub struct May {
    /// Delete what the provider has deleted, however much it is.
    pub delete_many: bool,
    /// Join seeded users to the provider's users by their usernames.
    pub adopt: bool,
}

/// What a run left as it was.
#[derive(Clone, Copy)]
pub struct Left {
    /// Whether what the provider has deleted was kept, since it is much.
    pub is_withheld: bool,
    /// How many users could not be read completely.
    pub unreadable: u64,
}

impl Left {
    /// Fails if the run did not do everything.
    pub fn check(self) -> anyhow::Result<()> {
        if self.is_withheld {
            bail!(
                "what the provider has deleted is kept, see above (--force deletes it); nothing else was left out"
            );
        }
        if self.unreadable > 0 {
            bail!(
                "{} users could not be read, see above; nothing else was left out",
                self.unreadable
            );
        }
        Ok(())
    }
}

/// A sweep that is in progress.
pub struct Sweep<'a> {
    client: &'a Client,
    store: &'a Store<'a>,
    provider: &'a Provider,
    /// Its report.
    pub report: Report,
    facts: Batch,
    users: Batch,
    /// The keys of the facts that were added.
    told: HashSet<String>,
    /// The users that were deleted while they were being read.
    left_out: BTreeSet<String>,
    has_organizations: bool,
    has_organization_groups: bool,
    /// The organizations that have groups.
    with_groups: HashSet<String>,
    /// The organizations, each with the time of its state.
    named: Vec<(u64, Organization)>,
    /// Whether groups and organizations that the provider has deleted are kept.
    keeps_places: bool,
    /// How many persons were found.
    pub found: u64,
    /// How many users could not be read completely.
    unreadable: u64,
}

impl<'a> Sweep<'a> {
    /// A sweep of a provider, with the client of its realm.
    pub fn new(client: &'a Client, store: &'a Store<'a>, provider: &'a Provider) -> Self {
        Self {
            client,
            store,
            provider,
            report: Report::default(),
            facts: Batch::default(),
            users: Batch::default(),
            told: HashSet::new(),
            left_out: BTreeSet::new(),
            has_organizations: true,
            has_organization_groups: true,
            with_groups: HashSet::new(),
            named: Vec::new(),
            keeps_places: false,
            found: 0,
            unreadable: 0,
        }
    }

    /// Reads the realm, and then requests each known object that was not in its lists.
    pub async fn run(&mut self, may: May) -> anyhow::Result<Left> {
        self.realm().await?;
        let organizations = self.organizations().await?;
        if !self.has_organizations && self.provider.known.organizations > 0 {
            eprintln!(
                "organizations are disabled in the realm: memberships of organizations are left as they are"
            );
        }
        self.groups(&organizations).await?;
        self.tell_facts()?;
        // Requested before the users, whose groups are read only in organizations that are known to have groups.
        let gone = self.missing_places().await?;
        self.keeps_places = self.withholds_places(&gone, may);
        self.users().await?;
        self.tell_users()?;
        let users = self.missing_users().await?;
        let is_withheld = self.delete(gone, users, may)?;
        Ok(Left {
            is_withheld,
            unreadable: self.unreadable,
        })
    }

    /// Reads the realm itself.
    async fn realm(&mut self) -> anyhow::Result<()> {
        let answer = self.client.get("").await?;
        let told = match answer.status {
            200 => {
                let realm =
                    Object::parse(&answer.body).context("the realm is not a JSON object")?;
                told(&realm).map_err(|fault| anyhow!("the realm: {}", fault.0))?
            }
            403 => Told::default(),
            404 => return Err(Failure::NoRealm.into()),
            status => bail!("reading the realm: unexpected status {status}"),
        };
        self.has_organizations = told.has_organizations;
        match told.not_before {
            NotBefore::Never => {}
            NotBefore::Since(not_before) => {
                self.add_fact(answer.at, Fact::NotBefore { not_before })?;
            }
            NotBefore::NotTold => eprintln!(
                "without the role view-realm of realm-management, a logout of the whole realm is not noticed"
            ),
        }
        Ok(())
    }

    /// Adds a fact, and sends the facts to PostgreSQL when the batch is full.
    fn add_fact(&mut self, at: u64, fact: Fact) -> anyhow::Result<()> {
        let key = fact.key();
        if let Fact::Group(group) = &fact
            && let Some(organization) = &group.organization
        {
            self.with_groups.insert(organization.clone());
        }
        if let Fact::Organization(organization) = &fact {
            self.named.push((at, organization.clone()));
        }
        self.facts.add(&key, &FactRow { at, fact })?;
        self.told.insert(key);
        if self.facts.is_full() {
            self.tell_facts()?;
        }
        Ok(())
    }

    /// Sends the organizations whose aliases contradict those known here, once the realm is known to be the right one.
    fn tell_contradicting(&mut self) -> anyhow::Result<()> {
        for (at, organization) in std::mem::take(&mut self.named) {
            if self.report.contradicts(&organization.organization) {
                let key = organization.organization.clone();
                let fact = AliasFact::of(organization);
                self.facts.add(&key, &AliasRow { at, fact })?;
                if self.facts.is_full() {
                    self.tell_facts()?;
                }
            }
        }
        self.tell_facts()
    }

    fn tell_facts(&mut self) -> anyhow::Result<()> {
        match self.facts.take() {
            Some(rows) => {
                let told = self.store.facts(rows)?;
                self.note(told)
            }
            None => Ok(()),
        }
    }

    /// Sends users, after the groups and organizations that they are in.
    fn tell_users(&mut self) -> anyhow::Result<()> {
        self.tell_facts()?;
        match self.users.take() {
            Some(rows) => {
                let told = self.store.users(rows)?;
                self.note(told)
            }
            None => Ok(()),
        }
    }

    /// Prints the changes and warnings that PostgreSQL reported.
    fn note(&mut self, told: store::Told) -> anyhow::Result<()> {
        if let Some(changes) = told.changes {
            for line in self.report.lines(&changes)? {
                println!("{line}");
            }
        }
        if let Some(warnings) = told.warnings {
            let warnings: Vec<Value> = serde_json::from_str(&warnings)?;
            for warning in warnings {
                eprintln!("warning: {warning}");
            }
        }
        Ok(())
    }
}
