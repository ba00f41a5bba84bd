//! Requests of single objects by their identifiers.

use anyhow::{Context as _, anyhow};

use super::groups::Found;
use crate::address::{can_be_asked_for, segment};
use crate::answer::Kind;
use crate::client::Client;
use crate::reading::users::{Listed, found};
use crate::reading::{Fact, groups, organizations};
use crate::store::MissingGroup;

/// The prefix of the identifiers of users that Keycloak does not store itself: it reads them from another store, and a
/// store that is disabled has no users.
const ELSEWHERE: &str = "f:";

/// The result of requesting one object.
pub(super) enum Asked<T> {
    Found(T),
    Gone {
        id: String,
        at: u64,
    },
    /// It cannot be requested, and is left as it is.
    Left,
}

/// Requests an organization; with it is the time of its state.
pub(super) async fn organization(
    client: &Client,
    id: String,
) -> anyhow::Result<Asked<(u64, Fact)>> {
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

/// Requests a group, from the organization it is in if it is in one.
pub(super) async fn group(client: &Client, group: MissingGroup) -> anyhow::Result<Asked<Found>> {
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

/// Requests a user; with it is the time of its state.
pub(super) async fn user(client: &Client, id: String) -> anyhow::Result<Asked<(u64, Listed)>> {
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
