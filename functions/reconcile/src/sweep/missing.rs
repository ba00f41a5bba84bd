//! Known objects that were not in the lists: each is requested by its identifier, and only one that the provider
//! reports as not found counts as deleted.

use std::collections::{HashMap, HashSet};

use anyhow::bail;

use super::Sweep;
use super::request::{self, Asked};
use crate::pacing;
use crate::reading::{GoneRow, UnknownRow};
use crate::store::MissingGroup;

/// How often a user that exists without its lists is requested: it may just be being deleted.
const ROUNDS: usize = 3;

/// The groups and organizations that the provider has deleted.
#[derive(Default)]
pub(super) struct GonePlaces {
    pub(super) rows: Vec<GoneRow>,
    /// How many groups were deleted with what they were in, which was already known to be deleted.
    pub(super) went_along: u64,
    /// How many groups were deleted with an organization that this sweep found to be deleted.
    pub(super) went_along_now: u64,
}

/// The users that do not exist at the provider, each with the time of that state.
pub(super) struct GoneUsers {
    /// Those that came from the provider.
    pub(super) known: Vec<UnknownRow>,
    /// Those that the provider has never reported.
    pub(super) seeded: Vec<UnknownRow>,
    /// How many that came from the provider cannot be requested, or are not stored by Keycloak itself.
    pub(super) beyond_reach: u64,
}

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

    async fn missing_organizations(&mut self, gone: &mut Vec<GoneRow>) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let ids: Vec<String> = self.store.missing("organization", after.as_deref())?;
            let Some(last) = ids.last() else {
                return Ok(());
            };
            after = Some(last.clone());
            let client = self.client;
            let asked = ids.into_iter().map(|id| request::organization(client, id));
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
            let asked = asked.map(|group| request::group(client, group));
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
        for asked in pacing::all(ids.into_iter().map(|id| request::user(client, id))).await? {
            match asked {
                Asked::Found(listed) => people.push(listed),
                Asked::Gone { id, at } => gone.push(UnknownRow { id, at }),
                Asked::Left => left += 1,
            }
        }
        self.people(people).await?;
        Ok((gone, left))
    }
}
