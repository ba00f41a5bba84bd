//! Conditions in CEL: what may be stored, and whether one holds.
//!
//! They are evaluated here and not in Casbin's script engine, which has no limits and no numbers beyond
//! 32 bits.

mod bounds;
mod judge;
mod resource;
mod shape;
mod values;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use cel::Program;
use thiserror::Error;

pub use judge::Judge;
pub use resource::reads_resource_properties;

/// Why a condition may not be stored.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ConditionFault {
    /// It is longer than the parser is given.
    #[error("a condition may have {} bytes", bounds::MOST_BYTES)]
    TooLong,
    /// It has more brackets than the parser is given.
    #[error("a condition may have {} opening brackets", bounds::MOST_BRACKETS)]
    TooManyBrackets,
    /// It has more operators than the parser is given.
    #[error(
        "a condition may have {} operators and other marks",
        bounds::MOST_MARKS
    )]
    TooManyMarks,
    /// It is not CEL.
    #[error("it is no expression in CEL: {0}")]
    Syntax(String),
    /// It names what a condition does not know.
    #[error(
        "{0} is unknown: there are subject, action, resource (type and id, or name; properties) and context"
    )]
    UnknownName(String),
    /// It calls what a condition may not call.
    #[error("{0} is no function of conditions")]
    UnknownFunction(String),
    /// It goes through one list for each entry of another, or one after another.
    #[error("a condition may go through one list, and not through another within or after it")]
    Nested,
    /// It goes through more lists than one condition may.
    #[error("a condition may go through {} lists", shape::MOST_LISTS)]
    TooManyLists,
    /// It concatenates, adds or matches for each entry of a list.
    #[error("{0} may not stand where a list is gone through")]
    WithinList(&'static str),
    /// It matches against a pattern that is not written in it, or is too large.
    #[error("`matches` takes one pattern, written in the condition: {0}")]
    Pattern(String),
    /// Its result can never be a boolean.
    #[error("the result of a condition is true or false")]
    NoBoolean,
}

/// Checks a condition that is to be stored.
pub fn check_condition(text: &str) -> Result<(), ConditionFault> {
    shape::check(compile(text)?.expression())
}

thread_local! {
    /// Conditions that were read before, by their texts: to read one takes far longer than to judge it.
    static KEPT: RefCell<HashMap<String, Rc<Program>>> = RefCell::default();
}

/// How many conditions are kept.
const MOST_KEPT: usize = 256;

/// The same as [`compile`] for a condition that is judged again and again.
fn kept(text: &str) -> Result<Rc<Program>, ConditionFault> {
    if let Some(program) = KEPT.with_borrow(|kept| kept.get(text).cloned()) {
        return Ok(program);
    }
    let program = Rc::new(compile(text)?);
    KEPT.with_borrow_mut(|kept| {
        // Those that are in use are soon there again.
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(text.to_owned(), Rc::clone(&program));
    });
    Ok(program)
}

/// Reads a condition that is within the bounds.
fn compile(text: &str) -> Result<Program, ConditionFault> {
    bounds::check(text)?;
    Program::compile(text).map_err(|errors| ConditionFault::Syntax(first_line(&errors.to_string())))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
