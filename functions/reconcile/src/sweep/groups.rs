//! The groups of the realm and of its organizations, level by level.

use anyhow::anyhow;

use super::Sweep;
use crate::address::segment;
use crate::answer::Kind;
use crate::client::Client;
use crate::failure::Failure;
use crate::pacing;
use crate::pages::Pages;
use crate::reading::{
    Fact,
    groups::{Listed, listed},
};

/// The most levels of a tree: one that has new groups at each level ends here.
const DEEPEST: u32 = 1_000;

/// How many groups are processed at a time: their subgroups are requested, then the groups are sent to PostgreSQL.
const PART: usize = 64;

/// A group of a list, and the time of the list's state.
pub(super) struct Found {
    pub at: u64,
    pub listed: Listed,
}

impl Sweep<'_> {
    /// Reads all groups.
    pub(super) async fn groups(&mut self, organizations: &[String]) -> anyhow::Result<()> {
        let path = "groups?briefRepresentation=true".to_owned();
        if let List::Whole(top) = list(self.client, path, &[], None, None).await? {
            self.levels(top).await?;
        }
        for part in organizations.chunks(PART) {
            if !self.has_organization_groups {
                break;
            }
            let client = self.client;
            let asked = part.iter().map(|id| of_organization(client, id));
            for top in pacing::all(asked).await? {
                match top {
                    List::Whole(top) => self.levels(top).await?,
                    List::Gone => {}
                    List::Unknown => self.has_organization_groups = false,
                }
            }
        }
        Ok(())
    }

    /// Adds the facts of groups, then of their subgroups. A group that was deleted meanwhile is left out.
    pub(super) async fn levels(&mut self, mut level: Vec<Found>) -> anyhow::Result<()> {
        let mut depth = 0;
        while !level.is_empty() {
            depth += 1;
            if depth > DEEPEST {
                return Err(Failure::TooDeep(DEEPEST).into());
            }
            let mut below = Vec::new();
            for part in level.chunks(PART) {
                let client = self.client;
                let asked = part.iter().map(|found| children(client, found));
                let all = pacing::all(asked).await?;
                // This records that the sweep is still in progress.
                self.store.seen("group", Vec::new())?;
                for (found, children) in part.iter().zip(all) {
                    let List::Whole(children) = children else {
                        continue;
                    };
                    let fact = Fact::Group(found.listed.group.clone());
                    // A group that was moved meanwhile comes twice, and so does one that is within itself.
                    if !self.told.contains(&fact.key()) {
                        below.extend(children);
                    }
                    self.add_fact(found.at, fact)?;
                }
            }
            level = below;
        }
        Ok(())
    }
}

/// A list of groups, from its first page to its end.
enum List {
    /// It is complete.
    Whole(Vec<Found>),
    /// The owner of the list was deleted meanwhile.
    Gone,
    /// This Keycloak has no groups within organizations.
    Unknown,
}

async fn of_organization(client: &Client, id: &str) -> anyhow::Result<List> {
    let path = format!(
        "organizations/{}/groups?briefRepresentation=true&subGroupsCount=true",
        segment(id)
    );
    let owners = &[Kind::Organization, Kind::Resource];
    list(client, path, owners, Some(id), None).await
}

/// The subgroups of a group.
async fn children(client: &Client, found: &Found) -> anyhow::Result<List> {
    if found.listed.is_leaf {
        return Ok(List::Whole(Vec::new()));
    }
    let group = &found.listed.group;
    let id = segment(&group.group);
    let organization = group.organization.as_deref();
    let path = match organization {
        None => format!("groups/{id}/children?briefRepresentation=true"),
        Some(organization) => format!(
            "organizations/{}/groups/{id}/children?briefRepresentation=true&subGroupsCount=true",
            segment(organization)
        ),
    };
    let owners = &[Kind::Group, Kind::Organization];
    list(client, path, owners, organization, Some(&group.group)).await
}

async fn list(
    client: &Client,
    path: String,
    owners: &'static [Kind],
    organization: Option<&str>,
    parent: Option<&str>,
) -> anyhow::Result<List> {
    let mut all = Vec::new();
    let mut pages = Pages::of(client, Kind::Group, owners, path);
    while let Some(page) = pages.next().await? {
        if page.is_gone(Kind::Resource) {
            return Ok(List::Unknown);
        }
        let Some(objects) = page.list_of(Kind::Group, owners)? else {
            return Ok(List::Gone);
        };
        for object in objects {
            let listed = listed(&object, organization, parent)
                .map_err(|fault| anyhow!("an item of a list of groups: {}", fault.0))?;
            all.push(Found {
                at: page.at,
                listed,
            });
        }
    }
    Ok(List::Whole(all))
}
