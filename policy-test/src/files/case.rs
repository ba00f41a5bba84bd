//! A case: a question and the expected decision.

use std::collections::HashMap;
use std::fmt;

use serde_json::{Map, Value};

use super::entity::{self, ACTION, Entity, RESOURCE, SUBJECT};
use super::fault::{Faults, Place};
use super::members::{Members, object, text};
use super::tree::{Content, Node};
use crate::batches;

/// A question and its expected answer.
#[derive(Debug)]
pub struct Case {
    /// The case's place in the file.
    pub at: Place,
    /// The name that its author gave it, or else its summary.
    pub name: String,
    /// Its summary, from its content.
    pub words: String,
    /// The body of an evaluation, as JSON.
    pub question: String,
    /// The expected decision.
    pub expect: Decision,
    /// The place of the name that its author gave it.
    named: Option<Place>,
}

/// A decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is allowed.
    Allow,
    /// It is denied.
    Deny,
}

impl Decision {
    /// From AuthZEN's boolean.
    pub fn of(decision: bool) -> Self {
        if decision { Self::Allow } else { Self::Deny }
    }

    /// The other one.
    pub fn opposite(self) -> Self {
        match self {
            Self::Allow => Self::Deny,
            Self::Deny => Self::Allow,
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        })
    }
}

const MEMBERS: [&str; 6] = ["name", "subject", "action", "resource", "context", "expect"];

/// Reads a case, and reports every error in it.
pub fn read(node: Node, faults: &mut Faults) -> Option<Case> {
    let at = node.at;
    let what = "a case: subject, action, resource and expect, perhaps context and name";
    let mut members = Members::read(node, what, &MEMBERS, faults)?;
    let name = members.take("name");
    let context = members.take("context");
    let [subject, action, resource, expect] =
        ["subject", "action", "resource", "expect"].map(|name| members.required(name, faults));

    let named = name.as_ref().map(|name| name.at);
    let name = name.map(|node| text(node, faults));
    let subject = subject.and_then(|node| entity::read(node, &SUBJECT, faults));
    let action = action.and_then(|node| entity::read(node, &ACTION, faults));
    let resource = resource.and_then(|node| entity::read(node, &RESOURCE, faults));
    let context = context.map(|node| object(node, faults));
    let expect = expect.and_then(|node| expected(&node, faults));

    let (subject, action, resource, expect) = (subject?, action?, resource?, expect?);
    let words = in_words(&subject, &action, &resource, expect);
    let name = match name {
        Some(name) => name?,
        None => words.clone(),
    };
    let mut question = Map::new();
    question.insert("subject".to_owned(), subject.json);
    question.insert("action".to_owned(), action.json);
    question.insert("resource".to_owned(), resource.json);
    if let Some(context) = context {
        question.insert("context".to_owned(), context?);
    }
    let question = Value::Object(question).to_string();
    if question.len() > batches::LARGEST_QUESTION {
        faults.add(at, "a question larger than 1 MiB: expected at most 64 KiB");
        return None;
    }
    Some(Case {
        at,
        name,
        words,
        question,
        expect,
        named,
    })
}

/// Reports cases with the same name, because a report could not distinguish them.
pub fn check_names(cases: &[Case], faults: &mut Faults) {
    let mut seen = HashMap::new();
    for case in cases {
        let Some(at) = case.named else { continue };
        if let Some(first) = seen.insert(&case.name, at) {
            let name = &case.name;
            faults.add(
                at,
                format!(
                    "`{name}` is already the name of the case at {first}: expected another name"
                ),
            );
        }
    }
}

fn expected(node: &Node, faults: &mut Faults) -> Option<Decision> {
    match &node.content {
        Content::Scalar(Value::String(text)) if text == "allow" => Some(Decision::Allow),
        Content::Scalar(Value::String(text)) if text == "deny" => Some(Decision::Deny),
        Content::Scalar(Value::String(text)) => {
            faults.add(
                node.at,
                format!("`{}`: expected allow or deny", text.escape_debug()),
            );
            None
        }
        _ => {
            faults.add(node.at, format!("{}: expected allow or deny", node.kind()));
            None
        }
    }
}

fn in_words(subject: &Entity, action: &Entity, resource: &Entity, expect: Decision) -> String {
    let may = match expect {
        Decision::Allow => "may",
        Decision::Deny => "may not",
    };
    let subject = match subject.texts.as_slice() {
        [kind, id] if kind == "user" => id.clone(),
        texts => texts.join("/"),
    };
    let (action, resource) = (action.texts.join("/"), resource.texts.join("/"));
    format!("{subject} {may} {action} {resource}")
}

#[cfg(test)]
mod tests;
