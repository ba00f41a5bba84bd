//! From the body of an authentic delivery to an event with its facts.

use super::{
    Facts, Fault, accounts, clients, delivery::Delivery, groups, object::Object, organizations,
    scim, sessions, types, users,
};
use crate::{facts::Event, signature::digest};

/// What the type of an event is in the inbox that has none.
const UNREADABLE: &str = "unreadable";

/// Milliseconds since the epoch have no more than fifteen digits.
const LATEST: u64 = 999_999_999_999_999;

/// Beyond so many facts, applying them would hold up everybody who changes something.
const MOST_FACTS: usize = 200;

/// What a delivery comes to.
#[derive(Debug, Eq, PartialEq)]
pub enum Reading {
    /// Of its type nothing is kept.
    Useless,
    /// An event to be kept.
    Event(Event),
}

/// Reads a body that came at a moment, in milliseconds since the epoch, from the provider of a realm.
pub fn read(body: &[u8], realm: Option<&str>, now: u64) -> Reading {
    let object = std::str::from_utf8(body).ok().and_then(Object::parse);
    let Some(object) = object else {
        return unreadable(body, now, Fault("no_json_object"));
    };
    let Head { id, kind, time } = match Head::of(&object) {
        Ok(head) => head,
        Err(fault) => return unreadable(body, now, fault),
    };
    if types::is_useless(&kind) {
        return Reading::Useless;
    }
    let facts = match object.text("realmName") {
        Ok(Some(named)) if realm == Some(named.as_str()) => facts(&kind, &object),
        _ => Err(Fault("other_realm")),
    };
    let (facts, ignored, failed) = match facts {
        Ok(Some(facts)) if facts.len() > MOST_FACTS => (Vec::new(), false, Some("too_many_facts")),
        Ok(Some(facts)) => (facts, false, None),
        Ok(None) => (Vec::new(), true, None),
        Err(Fault(why)) => (Vec::new(), false, Some(why)),
    };
    Reading::Event(Event {
        id,
        kind,
        time,
        facts,
        ignored,
        failed,
    })
}

/// What every event has.
struct Head {
    id: String,
    kind: String,
    time: u64,
}

impl Head {
    fn of(object: &Object<'_>) -> Result<Self, Fault> {
        let id = object.identifier("id")?;
        let kind = object.identifier("type")?;
        let time = object.number("time")?.filter(|time| *time <= LATEST);
        Ok(Self {
            id: id.ok_or(Fault("no_id"))?,
            kind: kind.ok_or(Fault("no_type"))?,
            time: time.ok_or(Fault("no_time"))?,
        })
    }
}

fn unreadable(body: &[u8], now: u64, Fault(why): Fault) -> Reading {
    Reading::Event(Event {
        id: format!("sha256:{}", digest(body)),
        kind: UNREADABLE.to_owned(),
        time: now,
        facts: Vec::new(),
        ignored: false,
        failed: Some(why),
    })
}

fn facts(kind: &str, object: &Object<'_>) -> Facts {
    let delivery = Delivery::of(object)?;
    let delivery = &delivery;
    if let Some(facts) = scim::facts(kind, delivery)? {
        return Ok(Some(facts));
    }
    match kind {
        "admin.USER-CREATE" => users::created(delivery),
        "admin.USER-UPDATE" => users::updated(delivery),
        "admin.USER-DELETE" => users::deleted(delivery),
        "admin.USER-ACTION" => sessions::user_action(delivery),
        "admin.USER_SESSION-DELETE" => sessions::ended_by_administrator(delivery),
        "admin.REALM-ACTION" => sessions::realm_action(delivery),
        "admin.REALM-UPDATE" => sessions::realm_updated(delivery),
        "admin.CLIENT-CREATE" | "admin.CLIENT-UPDATE" => clients::told(delivery),
        "admin.CLIENT-DELETE" => clients::deleted(delivery),
        "admin.GROUP-CREATE" => groups::created(delivery, groups::of_the_realm(&delivery.path()?)),
        "admin.GROUP-UPDATE" => groups::updated(delivery, groups::of_the_realm(&delivery.path()?)),
        "admin.GROUP-DELETE" => groups::deleted(groups::of_the_realm(&delivery.path()?)),
        "admin.GROUP_MEMBERSHIP-CREATE" => groups::realm_member(delivery, true),
        "admin.GROUP_MEMBERSHIP-DELETE" => groups::realm_member(delivery, false),
        "admin.ORGANIZATION-CREATE" | "admin.ORGANIZATION-UPDATE" => organizations::told(delivery),
        "admin.ORGANIZATION-DELETE" => organizations::deleted(delivery),
        "admin.ORGANIZATION_MEMBERSHIP-CREATE" => organizations::joined(delivery),
        "admin.ORGANIZATION_MEMBERSHIP-DELETE" => organizations::left(delivery),
        "admin.ORGANIZATION_GROUP-CREATE" => {
            groups::created(delivery, groups::of_an_organization(&delivery.path()?))
        }
        "admin.ORGANIZATION_GROUP-UPDATE" => {
            groups::updated(delivery, groups::of_an_organization(&delivery.path()?))
        }
        "admin.ORGANIZATION_GROUP-DELETE" => {
            groups::deleted(groups::of_an_organization(&delivery.path()?))
        }
        "admin.ORGANIZATION_GROUP_MEMBERSHIP-CREATE" => groups::organization_member(delivery, true),
        "admin.ORGANIZATION_GROUP_MEMBERSHIP-DELETE" => {
            groups::organization_member(delivery, false)
        }
        "access.LOGIN" => accounts::signed_in(delivery),
        "access.CLIENT_LOGIN" => accounts::client_signed_in(delivery),
        "access.REGISTER" => accounts::registered(delivery),
        "access.FEDERATED_IDENTITY_LINK" | "access.FEDERATED_IDENTITY_OVERRIDE_LINK" => {
            accounts::linked(delivery, true)
        }
        "access.REMOVE_FEDERATED_IDENTITY" => accounts::linked(delivery, false),
        "access.UPDATE_PROFILE" | "access.UPDATE_EMAIL" => accounts::updated(delivery),
        "access.DELETE_ACCOUNT" => accounts::deleted(delivery),
        "access.USER_DISABLED_BY_PERMANENT_LOCKOUT" => accounts::locked_out(delivery),
        "access.LOGOUT" => sessions::logged_out(delivery),
        "access.USER_SESSION_DELETED" => sessions::ended(delivery),
        "access.REVOKE_GRANT" => sessions::revoked(delivery),
        "access.UPDATE_CREDENTIAL" | "access.UPDATE_PASSWORD" => {
            sessions::credential_updated(delivery)
        }
        "access.CLIENT_DELETE" => clients::deleted_itself(delivery),
        "access.INVITE_ORG" => accounts::invited(delivery),
        _ => Ok(None),
    }
}
