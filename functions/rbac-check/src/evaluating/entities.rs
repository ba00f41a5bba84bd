//! The parts of a question: a subject, an action, a resource and a context, as they were sent.

use std::{borrow::Cow, cell::OnceCell};

use decisions::Properties;
use serde_json::value::RawValue;
use vocabulary::{Invalid, external_id};

use super::fields::{Faults, Fields, add};

/// The maximum size of one object of properties, in bytes as sent. It limits what is parsed; all properties of an
/// evaluation together have a limit that `decisions` checks.
const LARGEST: usize = 64 * 1024;

/// The subject that would act.
#[derive(Debug)]
pub struct Subject<'a> {
    /// Its type.
    pub kind: Cow<'a, str>,
    /// Its id within the type.
    pub id: Cow<'a, str>,
    /// Its properties, as sent.
    pub properties: Option<Sent<'a>>,
}

impl Subject<'_> {
    /// Whether it is the user whom a token's `sub` names.
    pub fn is_user(&self, external_id: &str) -> bool {
        self.kind == "user" && self.id == external_id
    }
}

/// The action that would be taken.
#[derive(Debug)]
pub struct Action<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Its properties, as sent.
    pub properties: Option<Sent<'a>>,
}

/// The resource that would be acted on.
#[derive(Debug)]
pub struct Resource<'a> {
    /// Its type.
    pub kind: Cow<'a, str>,
    /// Its id within the type.
    pub id: Cow<'a, str>,
    /// Its properties, as sent.
    pub properties: Option<Sent<'a>>,
}

/// The members of an evaluation that are present.
#[derive(Debug, Default)]
pub struct Entities<'a> {
    /// The subject.
    pub subject: Option<Subject<'a>>,
    /// The action.
    pub action: Option<Action<'a>>,
    /// The resource.
    pub resource: Option<Resource<'a>>,
    /// The context.
    pub context: Option<Sent<'a>>,
}

/// What a search looks for. Its name is open: a name that is sent for it is ignored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sought {
    /// Subjects of a type.
    Subjects,
    /// Resources of a type.
    Resources,
    /// Actions, for which nothing at all is sent.
    Actions,
}

impl<'a> Entities<'a> {
    /// Reads the members that are present; each must be valid.
    pub fn read(fields: &Fields<'a>, faults: &mut Faults) -> Self {
        Self::read_but(None, fields, faults)
    }

    /// The same for a search, in which the name of the sought entity is left empty.
    pub fn read_but(sought: Option<Sought>, fields: &Fields<'a>, faults: &mut Faults) -> Self {
        let mut within = |name, place| Fields::new(fields.get(name)?, place, faults);
        let subject = within("subject", "/subject");
        let action = match sought {
            Some(Sought::Actions) => None,
            _ => within("action", "/action"),
        };
        let resource = within("resource", "/resource");
        let id = |of: Sought, fields: &Fields<'a>, faults: &mut Faults| match sought {
            Some(sought) if sought == of => Some(Cow::Borrowed("")),
            _ => fields.text("id", external_id, faults),
        };
        Self {
            subject: subject.and_then(|fields| {
                let kind = fields.text("type", external_id, faults);
                let id = id(Sought::Subjects, &fields, faults);
                let properties = sent(fields.get("properties"), "/subject/properties", faults);
                Some(Subject {
                    kind: kind?,
                    id: id?,
                    properties,
                })
            }),
            action: action.and_then(|fields| {
                let name = fields.text("name", external_id, faults);
                let properties = sent(fields.get("properties"), "/action/properties", faults);
                Some(Action {
                    name: name?,
                    properties,
                })
            }),
            resource: resource.and_then(|fields| {
                let kind = fields.text("type", external_id, faults);
                let id = id(Sought::Resources, &fields, faults);
                let properties = sent(fields.get("properties"), "/resource/properties", faults);
                Some(Resource {
                    kind: kind?,
                    id: id?,
                    properties,
                })
            }),
            context: sent(fields.get("context"), "/context", faults),
        }
    }
}

/// An object with arbitrary content, which is parsed only when it is needed: of a thousand evaluations, only those
/// that are decided, and one after the other.
#[derive(Debug)]
pub struct Sent<'a> {
    raw: &'a RawValue,
    read: OnceCell<Properties>,
}

impl Sent<'_> {
    /// The content.
    pub fn properties(&self) -> &Properties {
        // It was checked as a part of the whole body, so it can be parsed by itself.
        let read = || serde_json::from_str(self.raw.get()).unwrap_or_default();
        self.read.get_or_init(read)
    }
}

/// The object at a place, if one was sent.
pub fn sent<'a>(
    raw: Option<&'a RawValue>,
    place: &'static str,
    faults: &mut Faults,
) -> Option<Sent<'a>> {
    let raw = raw?;
    let length = raw.get().len();
    if !raw.get().starts_with('{') {
        add(faults, place, &Invalid("an object"));
    } else if length > LARGEST {
        add(faults, place, &Invalid("an object of at most 64 KiB"));
    }
    Some(Sent {
        raw,
        read: OnceCell::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> (Entities<'_>, Vec<String>) {
        let mut faults = Faults::new();
        let raw = serde_json::from_str(json).unwrap();
        let fields = Fields::new(raw, "", &mut faults).unwrap();
        let entities = Entities::read(&fields, &mut faults);
        let pointers = faults.into_iter().map(|fault| fault.pointer).collect();
        (entities, pointers)
    }

    fn check(json: &str, expected: &[&str]) {
        assert_eq!(read(json).1, expected, "{json}");
    }

    #[test]
    fn all_that_was_sent() {
        let (entities, faults) = read(
            r#"{"subject":{"type":"user","id":"alice","properties":{"a":[1]},"x":1},
                "action":{"name":"read","properties":{}},
                "resource":{"type":"doc","id":"*"},"context":{"time":"now"},"more":null}"#,
        );
        assert_eq!(faults, [] as [&str; 0]);
        let subject = entities.subject.unwrap();
        assert!(subject.is_user("alice") && !subject.is_user("bob"));
        let properties = subject.properties.unwrap();
        assert_eq!(properties.properties()["a"], serde_json::json!([1]));
        let resource = entities.resource.unwrap();
        assert_eq!((&*resource.kind, &*resource.id), ("doc", "*"));
        assert!(resource.properties.is_none());
        assert_eq!(entities.context.unwrap().properties()["time"], "now");
    }

    #[test]
    fn only_a_user_is_somebody() {
        let (entities, _) = read(r#"{"subject":{"type":"service","id":"alice"}}"#);
        assert!(!entities.subject.unwrap().is_user("alice"));
    }

    #[test]
    fn what_is_absent_is_no_fault_here() {
        check("{}", &[]);
    }

    #[test]
    fn every_fault_is_found() {
        check(r#"{"subject":"alice"}"#, &["/subject"]);
        check(
            r#"{"subject":null,"context":null}"#,
            &["/subject", "/context"],
        );
        check(
            r#"{"subject":{},"action":{},"resource":{}}"#,
            &[
                "/subject/type",
                "/subject/id",
                "/action/name",
                "/resource/type",
                "/resource/id",
            ],
        );
        check(
            r#"{"subject":{"type":1,"id":"a","properties":[]}}"#,
            &["/subject/type", "/subject/properties"],
        );
        check(
            r#"{"action":{"name":"","properties":null}}"#,
            &["/action/name", "/action/properties"],
        );
        check(
            r#"{"resource":{"type":"doc","id":"a\u0000","properties":"x"}}"#,
            &["/resource/id", "/resource/properties"],
        );
        check(r#"{"context":[]}"#, &["/context"]);
    }

    #[test]
    fn texts_and_objects_have_an_end() {
        let subject = |id: &str| format!(r#"{{"subject":{{"type":"user","id":"{id}"}}}}"#);
        check(&subject(&"é".repeat(255)), &[]);
        check(&subject(&"é".repeat(256)), &["/subject/id"]);
        let context =
            |length: usize| format!(r#"{{"context":{{"k":"{}"}}}}"#, "x".repeat(length - 8));
        check(&context(LARGEST), &[]);
        check(&context(LARGEST + 1), &["/context"]);
    }
}
