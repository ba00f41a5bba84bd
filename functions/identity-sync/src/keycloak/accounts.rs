//! Events of users and clients about their own accounts.

use keycloak::text;

use super::{Facts, Fault, delivery::Delivery, users};
use crate::facts::{Fact, Link, Membership, User};

/// `access.LOGIN`. The person's name is not taken from it: within the hour after another login it is not applied, and
/// names would depend on which of the two came first.
pub fn signed_in(delivery: &Delivery<'_>) -> Facts {
    let user = delivery.person()?;
    Ok(Some(vec![Fact::Login { user }]))
}

/// `access.CLIENT_LOGIN`: a service account.
pub fn client_signed_in(delivery: &Delivery<'_>) -> Facts {
    Ok(Some(vec![Fact::User(User {
        user: delivery.person()?,
        creates: true,
        username: delivery.person_name()?,
        service_account: true,
        ..User::default()
    })]))
}

/// `access.REGISTER`: with a form, which has names, or through an identity provider, which is then linked.
pub fn registered(delivery: &Delivery<'_>) -> Facts {
    let details = &delivery.details;
    let user = delivery.person()?;
    let told = User {
        user: user.clone(),
        creates: true,
        username: match details.caseless("username")? {
            Some(username) => Some(username),
            None => delivery.person_name()?,
        },
        email: details.caseless("email")?.map(Some),
        first_name: details.name("first_name")?.map(Some),
        last_name: details.name("last_name")?.map(Some),
        ..User::default()
    };
    let mut facts = vec![Fact::User(told)];
    if let Some(alias) = details.identifier("identity_provider")? {
        facts.push(Fact::Link(link(delivery, user, alias, true)?));
    }
    Ok(Some(facts))
}

/// `access.FEDERATED_IDENTITY_LINK`, `…_OVERRIDE_LINK` and `access.REMOVE_FEDERATED_IDENTITY`.
pub fn linked(delivery: &Delivery<'_>, linked: bool) -> Facts {
    let user = delivery.person()?;
    let alias = delivery.details.identifier("identity_provider")?;
    let alias = alias.ok_or(Fault("no_identity_provider"))?;
    let mut facts = called(delivery, &user)?;
    facts.push(Fact::Link(link(delivery, user, alias, linked)?));
    Ok(Some(facts))
}

/// `access.UPDATE_PROFILE` and `access.UPDATE_EMAIL`. Attributes are ignored: what users write themselves affects no
/// membership and no decision.
pub fn updated(delivery: &Delivery<'_>) -> Facts {
    let username = match delivery.details.caseless("updated_username")? {
        Some(username) => Some(username),
        None => delivery.person_name()?,
    };
    Ok(Some(vec![Fact::User(User {
        user: delivery.person()?,
        username,
        email: changed(delivery, "email", text::caseless)?,
        first_name: changed(delivery, "first_name", text::name)?,
        last_name: changed(delivery, "last_name", text::name)?,
        ..User::default()
    })]))
}

/// `access.DELETE_ACCOUNT`.
pub fn deleted(delivery: &Delivery<'_>) -> Facts {
    Ok(Some(users::gone(delivery.person()?)))
}

/// `access.USER_DISABLED_BY_PERMANENT_LOCKOUT`.
pub fn locked_out(delivery: &Delivery<'_>) -> Facts {
    Ok(Some(users::with_end(User {
        user: delivery.person()?,
        username: delivery.person_name()?,
        enabled: Some(false),
        ..User::default()
    })))
}

/// `access.INVITE_ORG`: an invited person joined an organization, with an existing account or a new one.
pub fn invited(delivery: &Delivery<'_>) -> Facts {
    let user = delivery.person()?;
    let organization = delivery.details.identifier("org_id")?;
    let organization = organization.ok_or(Fault("no_organization"))?;
    let mut facts = called(delivery, &user)?;
    facts.push(Fact::Membership(Membership {
        organization,
        member: true,
        user: Some(user),
        ..Membership::default()
    }));
    Ok(Some(facts))
}

/// The person's name, if the event has it.
fn called(delivery: &Delivery<'_>, user: &str) -> Result<Vec<Fact>, Fault> {
    let username = delivery.person_name()?;
    let told = username.map(|username| {
        Fact::User(User {
            user: user.to_owned(),
            username: Some(username),
            ..User::default()
        })
    });
    Ok(told.into_iter().collect())
}

fn link(delivery: &Delivery<'_>, user: String, alias: String, linked: bool) -> Result<Link, Fault> {
    let username = if linked {
        // This is the name at the other provider, despite the field's name.
        delivery.details.name("identity_provider_identity")?
    } else {
        None
    };
    Ok(Link {
        user,
        alias,
        linked,
        external_id: None,
        username,
    })
}

/// The current value of a field. If it was emptied, the event has only its previous value.
fn changed(
    delivery: &Delivery<'_>,
    field: &str,
    kept: fn(&str) -> Option<String>,
) -> Result<Option<Option<String>>, Fault> {
    let details = &delivery.details;
    if let Some(now) = details.text(&format!("updated_{field}"))? {
        return Ok(Some(kept(&now)));
    }
    let before = details.text(&format!("previous_{field}"))?;
    Ok(before.map(|_| None))
}
