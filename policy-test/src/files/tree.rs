//! A YAML text as a tree in which every node has its place.

use std::collections::HashSet;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};
use serde_json::Value;

use super::fault::{Faults, Place};
use super::scalar;

/// The maximum depth of nested lists and objects: the Shell accepts 127 levels of JSON, and a case adds a few.
const DEEPEST: usize = 64;

/// A value and where it begins.
#[derive(Debug)]
pub struct Node {
    /// Its place.
    pub at: Place,
    /// Its content.
    pub content: Content,
}

/// The content of a node.
#[derive(Debug)]
pub enum Content {
    /// A null, a boolean, a number or a text.
    Scalar(Value),
    /// A list.
    List(Vec<Node>),
    /// An object; its members' names are unique.
    Object(Vec<(Name, Node)>),
}

/// The name of an object's member.
#[derive(Debug)]
pub struct Name {
    /// Its place.
    pub at: Place,
    /// The name.
    pub text: String,
}

impl Node {
    /// The node as JSON.
    pub fn into_json(self) -> Value {
        match self.content {
            Content::Scalar(value) => value,
            Content::List(items) => items.into_iter().map(Self::into_json).collect(),
            Content::Object(members) => {
                let member = |(name, node): (Name, Self)| (name.text, node.into_json());
                Value::Object(members.into_iter().map(member).collect())
            }
        }
    }

    /// What the node is, for an error that names what was expected.
    pub fn kind(&self) -> &'static str {
        match &self.content {
            Content::Scalar(Value::Null) => "nothing",
            Content::Scalar(Value::Bool(_)) => "a truth value",
            Content::Scalar(Value::Number(_)) => "a number",
            Content::Scalar(_) => "a text",
            Content::List(_) => "a list",
            Content::Object(_) => "an object",
        }
    }
}

/// Reads a text with one document. `None` if there is no document, or after an error that prevents reading on.
pub fn read(text: &str, faults: &mut Faults) -> Option<Node> {
    let mut building = Building::default();
    let mut documents = 0;
    for event in Parser::new_from_str(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        let (event, at) = match event {
            Ok((event, span)) => (event, place(&span.start)),
            Err(error) => {
                faults.add(place(error.marker()), format!("no YAML: {}", error.info()));
                return None;
            }
        };
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
            if documents > 1 {
                faults.add(
                    at,
                    "a second document begins: expected one document per file",
                );
                return None;
            }
        }
        building.take(event, at, faults);
        if building.open.len() > DEEPEST {
            faults.add(at, format!("expected at most {DEEPEST} levels"));
            return None;
        }
    }
    building.root
}

fn place(marker: &Marker) -> Place {
    Place {
        line: marker.line(),
        column: marker.col() + 1,
    }
}

/// The tree up to the current event.
#[derive(Default)]
struct Building {
    root: Option<Node>,
    open: Vec<Open>,
}

/// A list or an object that has not ended yet.
enum Open {
    List(Place, Vec<Node>),
    Object(Place, Members),
}

#[derive(Default)]
struct Members {
    seen: HashSet<String>,
    members: Vec<(Name, Node)>,
    name: Option<Expected>,
}

/// What is known about the member whose value comes next.
enum Expected {
    /// Its name.
    Named(Name),
    /// Its name was invalid.
    Dropped,
}

impl Building {
    fn take(&mut self, event: Event<'_>, at: Place, faults: &mut Faults) {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                check_plain(anchor, tag.is_some(), at, faults);
                let value = if style == ScalarStyle::Plain {
                    scalar::read(&text).unwrap_or_else(|expected| {
                        faults.add(at, format!("`{text}`: expected {expected}"));
                        Value::Null
                    })
                } else {
                    Value::String(text.into_owned())
                };
                self.put(at, Content::Scalar(value), faults);
            }
            Event::Alias(_) => {
                faults.add(at, "an alias: expected the value itself");
                self.put(at, Content::Scalar(Value::Null), faults);
            }
            Event::SequenceStart(anchor, tag) => {
                check_plain(anchor, tag.is_some(), at, faults);
                self.open.push(Open::List(at, Vec::new()));
            }
            Event::MappingStart(anchor, tag) => {
                check_plain(anchor, tag.is_some(), at, faults);
                self.open.push(Open::Object(at, Members::default()));
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List(at, items)) => self.put(at, Content::List(items), faults),
                Some(Open::Object(at, Members { members, .. })) => {
                    self.put(at, Content::Object(members), faults);
                }
                None => {}
            },
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
    }

    fn put(&mut self, at: Place, content: Content, faults: &mut Faults) {
        let node = Node { at, content };
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Object(_, object)) => match object.name.take() {
                None => object.name = Some(object.begin(node, faults)),
                Some(Expected::Named(name)) => object.members.push((name, node)),
                Some(Expected::Dropped) => {}
            },
        }
    }
}

impl Members {
    fn begin(&mut self, node: Node, faults: &mut Faults) -> Expected {
        let at = node.at;
        let kind = node.kind();
        let Content::Scalar(Value::String(text)) = node.content else {
            faults.add(at, format!("{kind} as a name: expected a text"));
            return Expected::Dropped;
        };
        if text == "<<" {
            faults.add(at, "`<<`: expected all members written out");
            return Expected::Dropped;
        }
        if !self.seen.insert(text.clone()) {
            faults.add(at, format!("`{text}` is a duplicate: expected it once"));
            return Expected::Dropped;
        }
        Expected::Named(Name { at, text })
    }
}

fn check_plain(anchor: usize, tagged: bool, at: Place, faults: &mut Faults) {
    if anchor > 0 {
        faults.add(
            at,
            "an anchor: expected none, since aliases are not supported",
        );
    }
    if tagged {
        faults.add(at, "a tag: expected a value without");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(text: &str, expected: &Value) {
        let mut faults = Faults::default();
        let node = read(text, &mut faults);
        assert_eq!(faults.into_sorted(), [], "{text}");
        assert_eq!(node.unwrap().into_json(), *expected, "{text}");
    }

    fn check_faults(text: &str, expected: &[(usize, usize, &str)]) {
        let mut faults = Faults::default();
        read(text, &mut faults);
        let faults = faults.into_sorted();
        let told = |fault: &super::super::fault::Fault| {
            let at = fault.at.unwrap();
            (at.line, at.column, fault.what.clone())
        };
        let told: Vec<_> = faults.iter().map(told).collect();
        let told: Vec<_> = told.iter().map(|(l, c, w)| (*l, *c, w.as_str())).collect();
        assert_eq!(told, expected, "{text}");
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        check(
            "# cases\n- a: [1, -2, 0x1F, 1.5, true, ~, on]\n  b: {\"c d\": 'it''s'}\n",
            &json!([{"a": [1, -2, 31, 1.5, true, null, "on"], "b": {"c d": "it's"}}]),
        );
        check("\u{feff}--- \n- '1'\n...\n", &json!(["1"]));
        check("a: |\n  two\n  lines\n", &json!({"a": "two\nlines\n"}));
    }

    #[test]
    fn a_text_without_a_document_is_nothing() {
        for text in ["", "# nothing\n"] {
            assert!(read(text, &mut Faults::default()).is_none());
        }
    }

    #[test]
    fn every_node_knows_where_it_begins() {
        let node = read("- é: x\n  list:\n    - y\n", &mut Faults::default()).unwrap();
        let Content::List(items) = node.content else {
            panic!("a list")
        };
        let Content::Object(members) = &items[0].content else {
            panic!("an object")
        };
        let places: Vec<_> = members
            .iter()
            .map(|(name, node)| format!("{} {}", name.at, node.at))
            .collect();
        assert_eq!(places, ["1:3 1:6", "2:3 3:5"]);
    }

    #[test]
    fn every_fault_is_told() {
        check_faults(
            "- a: 1\n  a: 2\n- 1: x\n- &b {c: .nan}\n- *b\n- !!str 7\n- <<: {}\n",
            &[
                (2, 3, "`a` is a duplicate: expected it once"),
                (3, 3, "a number as a name: expected a text"),
                (
                    4,
                    3,
                    "an anchor: expected none, since aliases are not supported",
                ),
                (4, 10, "`.nan`: expected a number that JSON has"),
                (5, 3, "an alias: expected the value itself"),
                (6, 3, "a tag: expected a value without"),
                (7, 3, "`<<`: expected all members written out"),
            ],
        );
    }

    #[test]
    fn what_is_no_yaml_is_one_fault() {
        let mut faults = Faults::default();
        assert!(read("- a: [1\n- b", &mut faults).is_none());
        let faults = faults.into_sorted();
        assert_eq!(faults.len(), 1);
        assert!(faults[0].what.starts_with("no YAML: "), "{faults:?}");
    }

    #[test]
    fn one_document_and_64_levels_are_read() {
        check_faults(
            "- a\n---\n- b\n",
            &[(
                2,
                1,
                "a second document begins: expected one document per file",
            )],
        );
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read(&deep(64), &mut Faults::default()).is_some());
        check_faults(&deep(65), &[(1, 65, "expected at most 64 levels")]);
    }
}
