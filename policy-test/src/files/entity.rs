//! Subjects, actions and resources: in their short form, or as AuthZEN's objects.

use serde_json::{Map, Value};

use super::fault::Faults;
use super::members::{Members, fits, object, text};
use super::tree::{Content, Node};

/// The kind of an entity: subject, action or resource.
pub struct Kind {
    /// Its members of text, beside `properties`.
    texts: &'static [&'static str],
    /// Reads the texts from the short form, or returns what was expected.
    short: fn(&str) -> Result<Vec<&str>, &'static str>,
    /// A description of both forms, for errors.
    expected: &'static str,
}

/// The subject: who would do it.
pub const SUBJECT: Kind = Kind {
    texts: &["type", "id"],
    short: short_subject,
    expected: "a user's id, or an object with type, id and properties",
};

/// The action: what would be done.
pub const ACTION: Kind = Kind {
    texts: &["name"],
    short: |text| Ok(vec![text]),
    expected: "a name, or an object with name and properties",
};

/// The resource: what it would be done to.
pub const RESOURCE: Kind = Kind {
    texts: &["type", "id"],
    short: short_resource,
    expected: "type/id, or an object with type, id and properties",
};

/// An entity.
pub struct Entity {
    /// The values of its members of text, in the order of its kind.
    pub texts: Vec<String>,
    /// Its JSON in the question.
    pub json: Value,
}

/// `alice`, or `user/alice`. Any other text with a `/` would be ambiguous, and a wrong guess would result in a
/// denial, which may be just the expected decision.
fn short_subject(text: &str) -> Result<Vec<&str>, &'static str> {
    let id = text.strip_prefix("user/").unwrap_or(text);
    if id.contains('/') {
        return Err("a user's id without `/`, or else an object with type and id");
    }
    Ok(vec!["user", id])
}

/// `document/handbook`. The id may contain a `/`, the type may not.
fn short_resource(text: &str) -> Result<Vec<&str>, &'static str> {
    let (kind, id) = text
        .split_once('/')
        .ok_or("type/id, as document/handbook")?;
    Ok(vec![kind, id])
}

/// Reads an entity, and reports every error in it.
pub fn read(node: Node, kind: &Kind, faults: &mut Faults) -> Option<Entity> {
    let Content::Scalar(Value::String(short)) = &node.content else {
        return read_object(node, kind, faults);
    };
    let texts = (kind.short)(short);
    let texts = texts.and_then(|texts| {
        let expected = "1 to 255 characters in each part, no control characters";
        let fit = texts.iter().all(|text| fits(text));
        fit.then_some(texts).ok_or(expected)
    });
    match texts {
        Ok(texts) => {
            let texts = texts.into_iter().map(str::to_owned).collect();
            Some(entity(kind, texts, None))
        }
        Err(expected) => {
            faults.add(
                node.at,
                format!("`{}`: expected {expected}", short.escape_debug()),
            );
            None
        }
    }
}

fn read_object(node: Node, kind: &Kind, faults: &mut Faults) -> Option<Entity> {
    let known: Vec<_> = kind.texts.iter().copied().chain(["properties"]).collect();
    let mut members = Members::read(node, kind.expected, &known, faults)?;
    let mut nodes = Vec::new();
    for name in kind.texts {
        nodes.push(members.required(name, faults));
    }
    let texts: Vec<_> = nodes.into_iter().map(|node| text(node?, faults)).collect();
    let properties = members.take("properties");
    let properties = properties.map(|node| object(node, faults));
    let texts = texts.into_iter().collect::<Option<Vec<_>>>()?;
    match properties {
        Some(properties) => Some(entity(kind, texts, Some(properties?))),
        None => Some(entity(kind, texts, None)),
    }
}

fn entity(kind: &Kind, texts: Vec<String>, properties: Option<Value>) -> Entity {
    let named = kind.texts.iter().copied().map(str::to_owned);
    let values = texts.iter().cloned().map(Value::String);
    let mut json: Map<_, _> = named.zip(values).collect();
    if let Some(properties) = properties {
        json.insert("properties".to_owned(), properties);
    }
    Entity {
        texts,
        json: Value::Object(json),
    }
}
