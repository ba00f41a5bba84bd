//! The attributes that conditions read, with their values and the source of these.

use serde_json::{Value, json};

use super::{
    kept,
    named::{self, Name},
    objects::Objects,
};
use crate::question::{AskedBy, Properties, Question};

/// What the conditions of one question can read.
#[derive(Debug)]
pub struct Values<'q> {
    question: Question<'q>,
    all: Value,
}

/// An attribute that a condition names.
#[derive(Debug, Eq, PartialEq)]
pub struct Read<'v> {
    /// Its name, as in a condition.
    pub name: String,
    /// Its value; nothing if there is no attribute of that name.
    pub value: Option<&'v Value>,
    /// The source of the value.
    pub source: Source,
}

/// The source of a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Source {
    /// The request.
    Request,
    /// The stored data of the subject, even if they lack the attribute.
    StoredSubject,
    /// The stored data of the resource, even if they lack the attribute.
    StoredResource,
}

impl<'q> Values<'q> {
    /// The values for a question, with the stored data of its subject and its resource: objects, as JSON. Nothing if
    /// they exceed the limits: then no condition is evaluated.
    pub fn new(question: &Question<'q>, attributes: &str, stored: Option<&str>) -> Option<Self> {
        let objects = Objects::of(question, attributes, stored)?;
        let asked = question;
        let all = json!({
            "subject": {"type": asked.subject_type, "id": asked.subject_id,
                "properties": objects.subject},
            "resource": {"type": asked.resource_type, "id": asked.resource_id,
                "properties": objects.resource},
            "action": {"name": asked.action_name, "properties": objects.action},
            "context": objects.context,
        });
        Some(Self {
            question: *question,
            all,
        })
    }

    /// The attributes that a condition reads.
    pub fn read(&self, condition: &str) -> Vec<Read<'_>> {
        let Ok(read) = kept(condition) else {
            return Vec::new();
        };
        let names = named::names(read.program.expression());
        let read = names.into_iter().map(|name| Read {
            value: self.value(&name),
            source: self.source(&name),
            name: name.to_string(),
        });
        read.collect()
    }

    fn value(&self, name: &Name<'_>) -> Option<&Value> {
        let root = self.all.get(name.root);
        let mut members = name.members.iter();
        members.try_fold(root?, |within, member| within.get(member))
    }

    /// A name that covers more than one property may include stored ones, so its source is the stored data.
    fn source(&self, name: &Name<'_>) -> Source {
        let property = match name.members.as_slice() {
            [] => None,
            ["properties"] => None,
            ["properties", property, ..] => Some(*property),
            _ => return Source::Request,
        };
        let by_service = self.question.asked_by == AskedBy::Service;
        let has = |properties: Option<&Properties>| {
            let named = properties.zip(property);
            named.is_some_and(|(properties, name)| properties.contains_key(name))
        };
        match name.root {
            "subject" if by_service && has(self.question.subject_properties) => Source::Request,
            "subject" => Source::StoredSubject,
            // For an end user, the source would reveal stored data: it shows whether the stored value or the one sent
            // won.
            "resource" if by_service && has(self.question.resource_properties) => Source::Request,
            "resource" => Source::StoredResource,
            _ => Source::Request,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: Value) -> Properties {
        json.as_object().unwrap().clone()
    }

    fn check(asked_by: AskedBy, name: &str, expected: (Option<Value>, Source)) {
        let sent = object(json!({"both": "sent", "sent": {"deep": [1]}}));
        let question = Question {
            asked_by,
            subject_type: "user",
            subject_id: "alice",
            subject_properties: Some(&sent),
            action_name: "read",
            action_properties: None,
            resource_type: "doc",
            resource_id: "7",
            resource_properties: Some(&sent),
            context: Some(&sent),
        };
        let stored = r#"{"both": "stored", "stored": null}"#;
        let values = Values::new(&question, stored, Some(stored)).unwrap();
        let read = values.read(&format!("{name} == 1"));
        assert_eq!(read.len(), 1, "{name}");
        let found = (read[0].value.cloned(), read[0].source);
        assert_eq!(found, expected, "{asked_by:?} {name}");
    }

    #[test]
    fn whose_word_a_value_is() {
        use AskedBy::{EndUser, Service};
        use Source::{Request, StoredResource, StoredSubject};
        for (root, stored) in [("subject", StoredSubject), ("resource", StoredResource)] {
            let of = |name: &str| format!("{root}.properties.{name}");
            check(Service, &of("both"), (Some(json!("sent")), Request));
            check(Service, &of("stored"), (Some(Value::Null), stored));
            check(Service, &of("sent.deep"), (Some(json!([1])), Request));
            check(Service, &of("sent.other"), (None, Request));
            check(Service, &of("none"), (None, stored));
            check(EndUser, &of("both"), (Some(json!("stored")), stored));
            check(EndUser, &of("none"), (None, stored));
        }
        // What an end user sends about the subject is ignored.
        check(EndUser, "subject.properties.sent", (None, StoredSubject));
        let sent = Some(json!({"deep": [1]}));
        check(EndUser, "resource.properties.sent", (sent, StoredResource));
        check(Service, "subject.id", (Some(json!("alice")), Request));
        check(Service, "context.both", (Some(json!("sent")), Request));
        check(Service, "action.properties.a", (None, Request));
        let merged = json!({"both": "sent", "stored": null, "sent": {"deep": [1]}});
        check(Service, "subject.properties", (Some(merged), StoredSubject));
    }
}
