//! Known objects that were not in the lists: each is requested by its identifier, and only one that the provider
//! reports as not found counts as deleted.

use std::collections::{HashMap, HashSet};

use anyhow::{Context as _, anyhow, bail};

use super::groups::Found;
use super::{May, Sweep};
use crate::address::{can_be_asked_for, segment};
use crate::answer::Kind;
use crate::batch::Batch;
use crate::client::Client;
use crate::limit;
use crate::pacing;
use crate::reading::users::{Listed, found};
use crate::reading::{Fact, GoneRow, UnknownRow, groups, organizations};
use crate::store::MissingGroup;

/// How often a user that exists without its lists is requested: it may just be being deleted.
const ROUNDS: usize = 3;

/// The result of requesting one object.
enum Asked<T> {
    Found(T),
    Gone {
        id: String,
        at: u64,
    },
    /// It cannot be requested, and is left as it is.
    Left,
}

/// The groups and organizations that the provider has deleted.
#[derive(Default)]
pub(super) struct GonePlaces {
    rows: Vec<GoneRow>,
    /// How many groups were deleted with what they were in, which was already known to be deleted.
    went_along: u64,
    /// How many groups were deleted with an organization that this sweep found to be deleted.
    went_along_now: u64,
}

/// The users that do not exist at the provider, each with the time of that state.
pub(super) struct GoneUsers {
    /// Those that came from the provider.
    known: Vec<UnknownRow>,
    /// Those that the provider has never reported.
    seeded: Vec<UnknownRow>,
    /// How many that came from the provider cannot be requested, or are not stored by Keycloak itself.
    beyond_reach: u64,
}

/// The prefix of the identifiers of users that Keycloak does not store itself: it reads them from another store, and a
/// store that is disabled has no users.
const ELSEWHERE: &str = "f:";

impl Sweep<'_> {
    /// Requests the missing groups and organizations, and returns those that the provider has deleted.
    pub(super) async fn missing_places(&mut self) -> anyhow::Result<GonePlaces> {
        let mut gone = GonePlaces::default();
        if self.has_organizations {
            self.missing_organizations(&mut gone.rows).await?;
        }
        self.missing_groups(&mut gone).await?;
        self.tell_facts()?;
        Ok(gone)
    }

    /// Requests the missing users, and returns those that the provider has deleted.
    pub(super) async fn missing_users(&mut self) -> anyhow::Result<GoneUsers> {
        let (known, beyond_reach) = self.missing_users_of("user").await?;
        let (seeded, _) = self.missing_users_of("seeded").await?;
        for _ in 0..ROUNDS {
            // Those of them that the provider has deleted are not known here.
            let left_out: Vec<_> = std::mem::take(&mut self.left_out).into_iter().collect();
            self.ask_for_users(left_out).await?;
        }
        if let Some(id) = self.left_out.first() {
            bail!("user {id} exists, but its lists do not: unexpected status 404");
        }
        self.tell_users()?;
        Ok(GoneUsers {
            known,
            seeded,
            beyond_reach,
        })
    }

    /// Deletes what the provider has deleted, after everything was requested. Returns whether nothing was deleted,
    /// since it is much: then no user is joined to another one either, which may be deleted at the provider.
    pub(super) fn delete(
        &mut self,
        places: GonePlaces,
        users: GoneUsers,
        may: May,
    ) -> anyhow::Result<bool> {
        let keeps_users = self.withholds_users(&users, may);
        let is_withheld = self.keeps_places || keeps_users;
        let known = users.known.into_iter();
        let known = known.map(|UnknownRow { id, at }| GoneRow {
            kind: "user",
            id,
            at,
        });
        let gone: Vec<_> = places.rows.into_iter().chain(known).collect();
        if is_withheld {
            for kind in ["user", "group", "organization"] {
                self.report.withhold(kind, count(&gone, kind));
            }
        } else {
            self.tell_contradicting()?;
            self.tell_gone(gone)?;
        }
        self.tell_unknown(users.seeded, may.adopt && !is_withheld)?;
        Ok(is_withheld)
    }

    /// Whether groups and organizations that the provider has deleted are kept, since they are many; this is printed.
    pub(super) fn withholds_places(&self, gone: &GonePlaces, may: May) -> bool {
        let known = self.provider.known;
        // Groups that were deleted with an organization are no reason to keep it.
        let along = gone.went_along_now;
        let groups = count(&gone.rows, "group").saturating_sub(along + gone.went_along);
        let kept = [
            withholds("group", groups, known.groups.saturating_sub(along), may),
            withholds(
                "organization",
                count(&gone.rows, "organization"),
                known.organizations,
                may,
            ),
        ];
        kept.contains(&true)
    }

    /// The same for users.
    fn withholds_users(&self, users: &GoneUsers, may: May) -> bool {
        let gone = u64::try_from(users.known.len()).unwrap_or(u64::MAX);
        // Users that are never found deleted are no sign that the realm is the right one.
        let known = self.provider.known.users.saturating_sub(users.beyond_reach);
        if limit::seems_imported_anew(gone, known, self.found) {
            eprintln!(
                "none of the {known} users that came from the provider exists there any more, but {} others do: \
                 the realm seems to have been imported again, with other identifiers",
                self.found
            );
        }
        withholds("user", gone, known, may)
    }

    async fn missing_organizations(&mut self, gone: &mut Vec<GoneRow>) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let ids: Vec<String> = self.store.missing("organization", after.as_deref())?;
            let Some(last) = ids.last() else {
                return Ok(());
            };
            after = Some(last.clone());
            let client = self.client;
            let asked = ids.into_iter().map(|id| ask_for_organization(client, id));
            for asked in pacing::all(asked).await? {
                match asked {
                    Asked::Found((at, told)) => self.add_fact(at, told)?,
                    Asked::Gone { id, at } => gone.push(GoneRow {
                        kind: "organization",
                        id,
                        at,
                    }),
                    Asked::Left => {}
                }
            }
        }
    }

    async fn missing_groups(&mut self, gone: &mut GonePlaces) -> anyhow::Result<()> {
        let is_gone: HashSet<String> = gone.rows.iter().map(|row| row.id.clone()).collect();
        let mut after = None;
        loop {
            let groups: Vec<MissingGroup> = self.store.missing("group", after.as_deref())?;
            let Some(last) = groups.last() else {
                return Ok(());
            };
            after = Some(last.id.clone());
            let can_tell = |group: &MissingGroup| {
                group.organization.is_none()
                    || (self.has_organizations && self.has_organization_groups)
            };
            let client = self.client;
            let within: HashMap<_, _> = groups
                .iter()
                .map(|group| {
                    (
                        group.id.clone(),
                        (group.went_along, group.organization.clone()),
                    )
                })
                .collect();
            let asked = groups.into_iter().filter(can_tell);
            let asked = asked.map(|group| ask_for_group(client, group));
            let mut found = Vec::new();
            for asked in pacing::all(asked).await? {
                match asked {
                    Asked::Found(group) => found.push(group),
                    Asked::Gone { id, at } => {
                        let (went_along, organization) =
                            within.get(&id).cloned().unwrap_or_default();
                        if went_along {
                            gone.went_along += 1;
                        } else if organization.is_some_and(|id| is_gone.contains(&id)) {
                            gone.went_along_now += 1;
                        }
                        gone.rows.push(GoneRow {
                            kind: "group",
                            id,
                            at,
                        });
                    }
                    Asked::Left => {}
                }
            }
            self.levels(found).await?;
        }
    }

    /// Returns the users that the provider has deleted, each with the time of that state, and how many are
    /// out of reach.
    async fn missing_users_of(&mut self, kind: &str) -> anyhow::Result<(Vec<UnknownRow>, u64)> {
        let mut gone = Vec::new();
        let mut beyond_reach = 0;
        let mut after = None;
        loop {
            let ids: Vec<String> = self.store.missing(kind, after.as_deref())?;
            let Some(last) = ids.last() else {
                return Ok((gone, beyond_reach));
            };
            after = Some(last.clone());
            for id in &ids {
                self.left_out.remove(id);
            }
            let (more, left) = self.ask_for_users(ids).await?;
            gone.extend(more);
            beyond_reach += left;
        }
    }

    /// Returns which of these users the provider has deleted, and how many are left as they are.
    async fn ask_for_users(&mut self, ids: Vec<String>) -> anyhow::Result<(Vec<UnknownRow>, u64)> {
        let client = self.client;
        let mut gone = Vec::new();
        let mut left = 0;
        let mut people = Vec::new();
        for asked in pacing::all(ids.into_iter().map(|id| ask_for_user(client, id))).await? {
            match asked {
                Asked::Found(listed) => people.push(listed),
                Asked::Gone { id, at } => gone.push(UnknownRow { id, at }),
                Asked::Left => left += 1,
            }
        }
        self.people(people).await?;
        Ok((gone, left))
    }

    fn tell_gone(&mut self, gone: Vec<GoneRow>) -> anyhow::Result<()> {
        let mut batch = Batch::default();
        for row in gone {
            batch.add(&format!("{} {}", row.kind, row.id), &row)?;
            if batch.is_full() {
                self.tell_batch_of_gone(&mut batch)?;
            }
        }
        self.tell_batch_of_gone(&mut batch)
    }

    fn tell_batch_of_gone(&mut self, batch: &mut Batch) -> anyhow::Result<()> {
        match batch.take() {
            Some(rows) => {
                let told = self.store.gone(rows)?;
                self.note(told)
            }
            None => Ok(()),
        }
    }

    fn tell_unknown(&mut self, unknown: Vec<UnknownRow>, adopt: bool) -> anyhow::Result<()> {
        let mut batch = Batch::default();
        let mut unknown = unknown.into_iter().peekable();
        while let Some(row) = unknown.next() {
            batch.add(&row.id, &row)?;
            if (batch.is_full() || unknown.peek().is_none())
                && let Some(rows) = batch.take()
            {
                let told = self.store.seeded(rows, adopt)?;
                self.note(told)?;
            }
        }
        Ok(())
    }
}

/// How many objects of a kind the provider has deleted.
fn count(gone: &[GoneRow], kind: &str) -> u64 {
    let count = gone.iter().filter(|row| row.kind == kind).count();
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Whether so many objects of a kind are kept; this is printed.
fn withholds(kind: &str, gone: u64, known: u64, may: May) -> bool {
    let is_withheld = !may.delete_many && limit::needs_force(gone, known);
    if is_withheld {
        eprintln!(
            "{gone} of {known} {kind}s that came from the provider no longer exist there: nothing is deleted here \
             without --force"
        );
    }
    is_withheld
}

async fn ask_for_organization(client: &Client, id: String) -> anyhow::Result<Asked<(u64, Fact)>> {
    if !can_be_asked_for(&id) {
        return Ok(left("organization", &id));
    }
    let path = format!("organizations/{}", segment(&id));
    let answer = client.get(&path).await?;
    let told = answer.one(Kind::Organization, &id).context(path)?;
    let told = told
        .map(|object| organizations::organization(&object))
        .transpose();
    Ok(
        match told.map_err(|fault| anyhow!("organization {id}: {}", fault.0))? {
            Some(told) => Asked::Found((answer.at, Fact::Organization(told))),
            None => Asked::Gone { id, at: answer.at },
        },
    )
}

async fn ask_for_group(client: &Client, group: MissingGroup) -> anyhow::Result<Asked<Found>> {
    let MissingGroup {
        id, organization, ..
    } = group;
    let is_in_one_that_can = organization.as_deref().is_none_or(can_be_asked_for);
    if !is_in_one_that_can || !can_be_asked_for(&id) {
        return Ok(left("group", &id));
    }
    let path = match &organization {
        Some(organization) => format!(
            "organizations/{}/groups/{}",
            segment(organization),
            segment(&id)
        ),
        None => format!("groups/{}", segment(&id)),
    };
    let answer = client.get(&path).await?;
    if answer.status == 400 {
        // The group exists, but elsewhere: in the realm, or in another organization.
        eprintln!(
            "group {id}: left as it is, since the provider has it in another place than the Shell"
        );
        return Ok(Asked::Left);
    }
    let is_gone = organization.is_some() && answer.is_gone(Kind::Organization);
    if is_gone {
        return Ok(Asked::Gone { id, at: answer.at });
    }
    let told = answer.one(Kind::Group, &id).context(path)?;
    let told = told.map(|object| groups::found(&object, organization.as_deref()));
    let told = told.transpose();
    Ok(
        match told.map_err(|fault| anyhow!("group {id}: {}", fault.0))? {
            Some(group) => Asked::Found(Found {
                at: answer.at,
                listed: groups::Listed {
                    group,
                    is_leaf: false,
                },
            }),
            None => Asked::Gone { id, at: answer.at },
        },
    )
}

async fn ask_for_user(client: &Client, id: String) -> anyhow::Result<Asked<(u64, Listed)>> {
    if !can_be_asked_for(&id) {
        return Ok(left("user", &id));
    }
    let path = format!("users/{}", segment(&id));
    let answer = client.get(&path).await?;
    let told = answer.one(Kind::User, &id).context(path)?;
    let told = told.map(|object| found(&object)).transpose();
    Ok(
        match told.map_err(|fault| anyhow!("user {id}: {}", fault.0))? {
            Some(listed) => Asked::Found((answer.at, listed)),
            None if id.starts_with(ELSEWHERE) => {
                eprintln!(
                    "user {id}: left as it is, since the user store that Keycloak reads it from is disabled or no \
                     longer has it"
                );
                Asked::Left
            }
            None => Asked::Gone { id, at: answer.at },
        },
    )
}

/// Prints that an object cannot be requested.
fn left<T>(what: &str, id: &str) -> Asked<T> {
    eprintln!("{what} {id}: left as it is, since Keycloak cannot be asked for this identifier");
    Asked::Left
}
