//! The candidates of a search, from the organization's data.

use serde::Deserialize;
use serde_json::value::RawValue;

/// A part of the candidates, in their order.
#[derive(Debug)]
pub struct Known<One> {
    /// The part.
    pub items: Vec<One>,
    /// The place after which more may follow; nothing at the end.
    pub rest: Option<String>,
}

impl<One> Known<One> {
    /// No candidates, as for an unknown type.
    pub fn nothing() -> Self {
        Self {
            items: Vec::new(),
            rest: None,
        }
    }
}

/// A candidate.
pub trait Named {
    /// Its name in a question and an answer.
    fn name(&self) -> &str;

    /// Its position in the order.
    fn place(&self) -> &str;
}

/// A resource that is stored, or that a line names.
#[derive(Debug, Deserialize)]
pub struct KnownResource {
    id: String,
    properties: Option<Box<RawValue>>,
}

impl KnownResource {
    /// Its stored properties, if it is stored and they were requested.
    pub fn properties(&self) -> Option<&str> {
        self.properties.as_deref().map(RawValue::get)
    }
}

impl Named for KnownResource {
    fn name(&self) -> &str {
        &self.id
    }

    fn place(&self) -> &str {
        &self.id
    }
}

/// An action that a line names.
impl Named for String {
    fn name(&self) -> &str {
        self
    }

    fn place(&self) -> &str {
        self
    }
}
