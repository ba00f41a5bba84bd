//! The members of an object in a file: none unknown, none duplicate, none missing.

use serde_json::Value;

use super::fault::{Faults, Place};
use super::tree::{Content, Name, Node};

/// The members of an object that have not been read yet.
pub struct Members {
    at: Place,
    members: Vec<(Name, Node)>,
}

impl Members {
    /// The members of an object of this kind; unknown members are reported and dropped.
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

    /// Reads an optional member.
    pub fn take(&mut self, name: &str) -> Option<Node> {
        let at = self.members.iter().position(|(n, _)| n.text == name)?;
        Some(self.members.swap_remove(at).1)
    }

    /// Reads a required member.
    pub fn required(&mut self, name: &str, faults: &mut Faults) -> Option<Node> {
        let node = self.take(name);
        if node.is_none() {
            faults.add(self.at, format!("no `{name}`: expected it"));
        }
        node
    }
}

/// Reads a text that the Shell accepts as a type, an id or a name.
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

/// Whether the Shell accepts a text as a type, an id or a name.
pub fn fits(text: &str) -> bool {
    (1..=255).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// Reads an object with any content.
pub fn object(node: Node, faults: &mut Faults) -> Option<Value> {
    let (at, kind) = (node.at, node.kind());
    if !matches!(node.content, Content::Object(_)) {
        faults.add(at, format!("{kind}: expected an object"));
        return None;
    }
    Some(node.into_json())
}
