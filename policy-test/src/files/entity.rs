//! Subjects, actions and resources: in short, or as the objects that AuthZEN has.

use serde_json::{Map, Value};

use super::fault::Faults;
use super::members::{Members, fits, object, text};
use super::tree::{Content, Node};

/// A kind of entity.
pub struct Kind {
    /// The texts that it has beside `properties`.
    texts: &'static [&'static str],
    /// The texts of one that is written in short, or what was expected.
    short: fn(&str) -> Result<Vec<&str>, &'static str>,
    /// How it is written.
    expected: &'static str,
}

/// Who would do it.
pub const SUBJECT: Kind = Kind {
    texts: &["type", "id"],
    short: short_subject,
    expected: "a user's id, or an object with type, id and properties",
};

/// What would be done.
pub const ACTION: Kind = Kind {
    texts: &["name"],
    short: |text| Ok(vec![text]),
    expected: "a name, or an object with name and properties",
};

/// What it would be done to.
pub const RESOURCE: Kind = Kind {
    texts: &["type", "id"],
    short: short_resource,
    expected: "type/id, or an object with type, id and properties",
};

/// An entity.
pub struct Entity {
    /// Its texts, in the order of its kind.
    pub texts: Vec<String>,
    /// As it is asked about.
    pub json: Value,
}

/// `alice`, or `user/alice`. Whatever else has a `/` may be meant in two ways, and a wrong guess would be a
/// denial that may be just what is expected.
fn short_subject(text: &str) -> Result<Vec<&str>, &'static str> {
    let id = text.strip_prefix("user/").unwrap_or(text);
    if id.contains('/') {
        return Err("a user's id without `/`, or else an object with type and id");
    }
    Ok(vec!["user", id])
}

/// `document/handbook`. The id may have a `/`, the type none.
fn short_resource(text: &str) -> Result<Vec<&str>, &'static str> {
    let (kind, id) = text
        .split_once('/')
        .ok_or("type/id, as document/handbook")?;
    Ok(vec![kind, id])
}

/// Reads one; every fault is told.
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
