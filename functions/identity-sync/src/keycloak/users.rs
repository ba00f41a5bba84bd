//! Changes of users by administrators.

use keycloak::{Object, text};

use super::{Facts, Fault, delivery::Delivery, sessions};
use crate::facts::{Fact, Link, User};

/// `admin.USER-CREATE`: also for linking an identity provider.
pub fn created(delivery: &Delivery<'_>) -> Facts {
    match *delivery.path()? {
        ["users", user] => {
            let mut told = told(delivery, user)?;
            let representation = delivery.representation()?;
            let mut links = Vec::new();
            if let Some(representation) = representation {
                // In Keycloak, a new user is disabled unless the representation enables it.
                told.enabled = told.enabled.or(Some(false));
                for identity in representation.objects("federatedIdentities")? {
                    if let Some(alias) = identity.identifier("identityProvider")? {
                        links.push(Fact::Link(link(user, &alias, Some(&identity))?));
                    }
                }
            }
            let mut facts = vec![Fact::User(told)];
            facts.append(&mut links);
            Ok(Some(facts))
        }
        ["users", user, "federated-identity", alias] => {
            let identity = delivery.representation()?;
            let link = link(user, alias, identity.as_ref())?;
            Ok(Some(vec![Fact::Link(link)]))
        }
        _ => Ok(None),
    }
}

/// `admin.USER-UPDATE`: with all fields of a user, or only those that change.
pub fn updated(delivery: &Delivery<'_>) -> Facts {
    match *delivery.path()? {
        ["users", user] => {
            let told = match told(delivery, user) {
                Err(fault) => disabled(delivery, user)?.ok_or(fault)?,
                Ok(told) => told,
            };
            Ok(Some(with_end(told)))
        }
        _ => Ok(None),
    }
}

/// The fact that a user is disabled, if that can be read: other data that cannot be read must not keep its tokens
/// valid.
fn disabled(delivery: &Delivery<'_>, user: &str) -> Result<Option<User>, Fault> {
    let sent = delivery.representation()?;
    let enabled = sent.map(|sent| sent.boolean("enabled")).transpose()?;
    let user = text::identifier(user)?;
    let is_disabled = enabled.flatten() == Some(false);
    Ok(is_disabled.then(|| User {
        user,
        creates: true,
        enabled: Some(false),
        ..User::default()
    }))
}

/// `admin.USER-DELETE`: also for unlinking an identity provider.
pub fn deleted(delivery: &Delivery<'_>) -> Facts {
    match *delivery.path()? {
        ["users", user] => Ok(Some(gone(text::identifier(user)?))),
        ["users", user, "federated-identity", alias] => {
            let link = Link {
                user: text::identifier(user)?,
                alias: text::identifier(alias)?,
                ..Link::default()
            };
            Ok(Some(vec![Fact::Link(link)]))
        }
        _ => Ok(None),
    }
}

/// The facts about a user; if it is disabled, its tokens are also revoked.
pub fn with_end(told: User) -> Vec<Fact> {
    let end = (told.enabled == Some(false)).then(|| sessions::all_of(told.user.clone()));
    std::iter::once(Fact::User(told)).chain(end).collect()
}

/// A user was deleted, and its tokens are revoked.
pub fn gone(user: String) -> Vec<Fact> {
    let end = sessions::all_of(user.clone());
    vec![Fact::UserDeleted { user }, end]
}

fn told(delivery: &Delivery<'_>, user: &str) -> Result<User, Fault> {
    let mut told = User {
        user: text::identifier(user)?,
        creates: true,
        // The user's current name; a representation may have the previous one.
        username: delivery.details.caseless("username")?,
        ..User::default()
    };
    if let Some(sent) = delivery.representation()? {
        if told.username.is_none() {
            told.username = sent.caseless("username")?;
        }
        let emptied = |text: String, kept: fn(&str) -> Option<String>| kept(&text);
        told.email = sent
            .text("email")?
            .map(|email| emptied(email, text::caseless));
        told.first_name = sent
            .text("firstName")?
            .map(|name| emptied(name, text::name));
        told.last_name = sent.text("lastName")?.map(|name| emptied(name, text::name));
        told.enabled = sent.boolean("enabled")?;
        let attributes = sent.object("attributes")?;
        told.attributes = attributes.map(|all| all.lists()).transpose()?;
    }
    Ok(told)
}

fn link(user: &str, alias: &str, identity: Option<&Object<'_>>) -> Result<Link, Fault> {
    let mut link = Link {
        user: text::identifier(user)?,
        alias: text::identifier(alias)?,
        linked: true,
        ..Link::default()
    };
    if let Some(identity) = identity {
        link.external_id = identity.name("userId")?;
        link.username = identity.name("userName")?;
    }
    Ok(link)
}
