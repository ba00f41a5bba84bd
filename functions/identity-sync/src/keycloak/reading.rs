//! From the body of an authentic delivery to an event with its facts.

use keycloak::Object;

use super::{Facts, Fault, delivery::Delivery, readers, scim, types};
use crate::{facts::Event, signature::digest};

/// The type in the inbox of an event that has none.
const UNREADABLE: &str = "unreadable";

/// Milliseconds since the epoch have no more than fifteen digits.
const LATEST: u64 = 999_999_999_999_999;

/// Applying more facts than these would hold up everyone who changes something.
const MOST_FACTS: usize = 200;

/// The result of reading a delivery.
#[derive(Debug, Eq, PartialEq)]
pub enum Reading {
    /// Events of its type are not stored.
    Useless,
    /// An event to store.
    Event(Event),
}

/// Reads a body that arrived at a moment, in milliseconds since the epoch, from the provider with a realm.
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

/// The common members of events.
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
    if let Some(facts) = scim::facts(kind, &delivery)? {
        return Ok(Some(facts));
    }
    readers::of(kind).map_or(Ok(None), |read| read(&delivery))
}
