//! The members of an object in a file: each known, none twice, those that must be there.

use serde_json::Value;

use super::fault::{Faults, Place};
use super::tree::{Content, Name, Node};

/// What is left of an object's members.
pub struct Members {
    at: Place,
    members: Vec<(Name, Node)>,
}

impl Members {
    /// The members of an object of this kind; unknown ones are told and dropped.
    pub fn read(node: Node, what: &str, known: &[&str], faults: &mut Faults) -> Option<Self> {
        let (at, kind) = (node.at, node.kind());
        let Content::Object(mut members) = node.content else {
            faults.add(at, format!("{kind}: expected {what}"));
            return None;
        };
        members.retain(|(name, _)| {
            let is_known = known.contains(&name.text.as_str());
            if !is_known {
                let known = known.join(", ");
                faults.add(name.at, format!("`{}`: expected one of {known}", name.text));
            }
            is_known
        });
        Some(Self { at, members })
    }

    /// One that may be absent.
    pub fn take(&mut self, name: &str) -> Option<Node> {
        let at = self.members.iter().position(|(n, _)| n.text == name)?;
        Some(self.members.swap_remove(at).1)
    }

    /// One that must be there.
    pub fn required(&mut self, name: &str, faults: &mut Faults) -> Option<Node> {
        let node = self.take(name);
        if node.is_none() {
            faults.add(self.at, format!("no `{name}`: expected it"));
        }
        node
    }
}

/// A text as the Shell takes it for types, ids and names.
pub fn text(node: Node, faults: &mut Faults) -> Option<String> {
    let (at, kind) = (node.at, node.kind());
    let Content::Scalar(Value::String(text)) = node.content else {
        let hint = match kind {
            "a number" | "a truth value" => "a text, in quotes",
            _ => "a text",
        };
        faults.add(at, format!("{kind}: expected {hint}"));
        return None;
    };
    if !fits(&text) {
        faults.add(
            at,
            "a text: expected 1 to 255 characters, no control characters",
        );
        return None;
    }
    Some(text)
}

/// Whether a text may be a type, an id or a name.
pub fn fits(text: &str) -> bool {
    (1..=255).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// An object of whatever its author likes.
pub fn object(node: Node, faults: &mut Faults) -> Option<Value> {
    let (at, kind) = (node.at, node.kind());
    if !matches!(node.content, Content::Object(_)) {
        faults.add(at, format!("{kind}: expected an object"));
        return None;
    }
    Some(node.into_json())
}
