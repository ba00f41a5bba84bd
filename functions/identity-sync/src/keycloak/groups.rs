//! Groups of a realm and of its organizations, and their members.

use keycloak::text;

use super::{Facts, Fault, delivery::Delivery};
use crate::facts::{Fact, Group, User};

/// A group in the path of an event: its organization, and the parts after `groups`.
type Place<'p> = (Option<&'p str>, &'p [&'p str]);

/// `admin.GROUP-*`: groups of the realm.
pub fn of_the_realm<'p>(path: &'p [&'p str]) -> Option<Place<'p>> {
    match path {
        ["groups", rest @ ..] => Some((None, rest)),
        _ => None,
    }
}

/// `admin.ORGANIZATION_GROUP-*`: groups of an organization. The parent in the representation of a group at the top is
/// an internal group, so parents are taken from paths only.
pub fn of_an_organization<'p>(path: &'p [&'p str]) -> Option<Place<'p>> {
    match path {
        ["organizations", organization, "groups", rest @ ..] => Some((Some(organization), rest)),
        _ => None,
    }
}

/// A group was created, at the top or in another group.
pub fn created(delivery: &Delivery<'_>, place: Option<Place<'_>>) -> Facts {
    let Some((organization, rest)) = place else {
        return Ok(None);
    };
    let (group, parent) = match rest {
        [] => (sent_id(delivery)?, None),
        [group] => (text::identifier(group)?, None),
        [parent, "children"] => (sent_id(delivery)?, Some(text::identifier(parent)?)),
        _ => return Ok(None),
    };
    Ok(Some(vec![Fact::Group(Group {
        group,
        organization: organization.map(text::identifier).transpose()?,
        name: sent_name(delivery)?,
        parent: Some(parent),
    })]))
}

/// A group was changed or moved. If it was moved, its name is ignored: the name that was sent does not become its
/// name.
pub fn updated(delivery: &Delivery<'_>, place: Option<Place<'_>>) -> Facts {
    let Some((organization, rest)) = place else {
        return Ok(None);
    };
    let (group, name, parent) = match rest {
        [group] => (text::identifier(group)?, sent_name(delivery)?, None),
        [] => (sent_id(delivery)?, None, Some(None)),
        [parent, "children"] => {
            let parent = text::identifier(parent)?;
            (sent_id(delivery)?, None, Some(Some(parent)))
        }
        _ => return Ok(None),
    };
    Ok(Some(vec![Fact::Group(Group {
        group,
        organization: organization.map(text::identifier).transpose()?,
        name,
        parent,
    })]))
}

/// A group was deleted.
pub fn deleted(place: Option<Place<'_>>) -> Facts {
    match place {
        Some((_, [group])) => {
            let group = text::identifier(group)?;
            Ok(Some(vec![Fact::GroupDeleted { group }]))
        }
        _ => Ok(None),
    }
}

/// `admin.GROUP_MEMBERSHIP-*`: a user joined a group of the realm, or left it.
pub fn realm_member(delivery: &Delivery<'_>, member: bool) -> Facts {
    let ["users", user, "groups", group] = *delivery.path()? else {
        return Ok(None);
    };
    let mut told = Group {
        group: text::identifier(group)?,
        ..Group::default()
    };
    if let Some(sent) = delivery.representation()? {
        told.name = sent.name("name")?;
        // If it has its path, it is complete: a group without a parent is at the top.
        let parent = sent.identifier("parentId")?;
        if parent.is_some() || sent.text("path")?.is_some() {
            told.parent = Some(parent);
        }
    }
    joined(delivery, user, told, member)
}

/// `admin.ORGANIZATION_GROUP_MEMBERSHIP-*`: a user joined a group of an organization, or left it.
pub fn organization_member(delivery: &Delivery<'_>, member: bool) -> Facts {
    let [
        "organizations",
        organization,
        "groups",
        group,
        "members",
        user,
    ] = *delivery.path()?
    else {
        return Ok(None);
    };
    let told = Group {
        group: text::identifier(group)?,
        organization: Some(text::identifier(organization)?),
        name: sent_name(delivery)?,
        parent: None,
    };
    joined(delivery, user, told, member)
}

fn joined(delivery: &Delivery<'_>, user: &str, group: Group, member: bool) -> Facts {
    let user = text::identifier(user)?;
    let mut facts = vec![Fact::Group(group.clone())];
    facts.extend(named(delivery, &user)?);
    facts.push(Fact::GroupMember {
        group: group.group,
        user,
        member,
    });
    Ok(Some(facts))
}

/// The names of the user in the path, if the event's details have them.
pub fn named(delivery: &Delivery<'_>, user: &str) -> Result<Option<Fact>, Fault> {
    let username = delivery.details.caseless("username")?;
    let email = delivery.details.caseless("email")?;
    let told = User {
        user: user.to_owned(),
        email: email.map(Some),
        username,
        ..User::default()
    };
    let says_something = told.username.is_some() || told.email.is_some();
    Ok(says_something.then_some(Fact::User(told)))
}

fn sent_id(delivery: &Delivery<'_>) -> Result<String, Fault> {
    let sent = delivery.representation()?.unwrap_or_default();
    let id = sent.identifier("id")?;
    id.ok_or(Fault("no_group"))
}

fn sent_name(delivery: &Delivery<'_>) -> Result<Option<String>, Fault> {
    match delivery.representation()? {
        Some(sent) => sent.name("name"),
        None => Ok(None),
    }
}
