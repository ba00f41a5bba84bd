//! Organizations and their members.

use keycloak::text;

use super::{Facts, Fault, delivery::Delivery, groups::named};
use crate::facts::{Fact, Membership, Organization};

/// `admin.ORGANIZATION-CREATE` and `-UPDATE`.
pub fn told(delivery: &Delivery<'_>) -> Facts {
    match *delivery.path()? {
        ["organizations", organization] => Ok(Some(vec![described(delivery, organization)?])),
        _ => Ok(None),
    }
}

/// `admin.ORGANIZATION-DELETE`.
pub fn deleted(delivery: &Delivery<'_>) -> Facts {
    match *delivery.path()? {
        ["organizations", organization] => {
            let organization = text::identifier(organization)?;
            Ok(Some(vec![Fact::OrganizationDeleted { organization }]))
        }
        _ => Ok(None),
    }
}

/// `admin.ORGANIZATION_MEMBERSHIP-CREATE`: only the name and the e-mail address identify the member.
pub fn joined(delivery: &Delivery<'_>) -> Facts {
    let ["organizations", organization, "members"] = *delivery.path()? else {
        return Ok(None);
    };
    let membership = Membership {
        organization: text::identifier(organization)?,
        member: true,
        user: None,
        username: delivery.details.caseless("username")?,
        email: delivery.details.caseless("email")?,
    };
    if membership.username.is_none() {
        return Err(Fault("no_user"));
    }
    let described = described(delivery, organization)?;
    Ok(Some(vec![described, Fact::Membership(membership)]))
}

/// `admin.ORGANIZATION_MEMBERSHIP-DELETE`. An invitation that is withdrawn has this type, too.
pub fn left(delivery: &Delivery<'_>) -> Facts {
    let ["organizations", organization, "members", user] = *delivery.path()? else {
        return Ok(None);
    };
    let user = text::identifier(user)?;
    let mut facts = vec![described(delivery, organization)?];
    facts.extend(named(delivery, &user)?);
    facts.push(Fact::Membership(Membership {
        organization: text::identifier(organization)?,
        user: Some(user),
        ..Membership::default()
    }));
    Ok(Some(facts))
}

/// The data of the organization in the representation, if it is of this organization.
fn described(delivery: &Delivery<'_>, organization: &str) -> Result<Fact, Fault> {
    let sent = delivery.representation()?.unwrap_or_default();
    let of_another = sent.text("id")?.is_some_and(|id| id != organization);
    if of_another {
        return Err(Fault("other_organization"));
    }
    let alias = sent.text("alias")?.filter(|alias| !alias.is_empty());
    Ok(Fact::Organization(Organization {
        organization: text::identifier(organization)?,
        alias: alias.as_deref().map(text::identifier).transpose()?,
        enabled: sent.boolean("enabled")?,
    }))
}
