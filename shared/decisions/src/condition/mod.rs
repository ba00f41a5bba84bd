//! Conditions in CEL: which ones may be stored, and whether one holds.
//!
//! They are evaluated here and not in Casbin's script engine, which has no limits and no numbers beyond
//! 32 bits.

mod bounds;
mod cost;
mod judge;
mod named;
mod objects;
mod read;
mod resource;
mod shape;
mod values;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use cel::Program;
use thiserror::Error;

use cost::Cost;

pub use judge::{Judge, Outcome};
pub use read::{Read as ReadValue, Source, Values};
pub use resource::reads_resource_properties;

/// Why a condition may not be stored.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ConditionFault {
    /// It is longer than what the parser accepts.
    #[error("a condition may have at most {} bytes", bounds::MOST_BYTES)]
    TooLong,
    /// It has more brackets than the parser accepts.
    #[error(
        "a condition may have at most {} opening brackets",
        bounds::MOST_BRACKETS
    )]
    TooManyBrackets,
    /// It has more operators than the parser accepts.
    #[error(
        "a condition may have at most {} operators and other marks",
        bounds::MOST_MARKS
    )]
    TooManyMarks,
    /// It is not CEL.
    #[error("it is not a valid CEL expression: {0}")]
    Syntax(String),
    /// It names an unknown variable or member.
    #[error(
        "{0} is unknown: a condition can use subject, action, resource (type and id, or name; properties) and context"
    )]
    UnknownName(String),
    /// It calls a function that conditions may not call.
    #[error("{0} is not a function that a condition can call")]
    UnknownFunction(String),
    /// It iterates over one list for each entry of another, or over the result of another.
    #[error(
        "a condition may not iterate over a list inside another iteration, or over the result of one"
    )]
    Nested,
    /// It iterates over more lists than one condition may.
    #[error("a condition may iterate over at most {} lists", shape::MOST_LISTS)]
    TooManyLists,
    /// It adds more often than one condition may.
    #[error("a condition may have at most {} additions", shape::MOST_SUMS)]
    TooManySums,
    /// It maps the entries of a list to something that does not depend on each entry alone.
    #[error("the result of `map` must depend on its variable alone")]
    Mapped,
    /// It makes, adds or matches something for each entry of a list.
    #[error("{0} may not be used inside an iteration over a list")]
    WithinList(&'static str),
    /// It matches against a pattern that is not written in it, or is too large.
    #[error("`matches` takes one pattern, a literal in the condition: {0}")]
    Pattern(String),
    /// Its result can never be a boolean.
    #[error("the result of a condition must be true or false")]
    NoBoolean,
}

/// Checks a condition that is to be stored.
pub fn check_condition(text: &str) -> Result<(), ConditionFault> {
    shape::check(compile(text)?.expression())
}

thread_local! {
    /// Conditions that were parsed before, by their texts: parsing one takes far longer than evaluating it.
    static KEPT: RefCell<HashMap<String, Rc<Read>>> = RefCell::default();
}

/// A parsed condition.
struct Read {
    program: Program,
    cost: Cost,
}

/// How many conditions are remembered.
const MOST_KEPT: usize = 256;

/// The same as [`compile`] for a condition that is evaluated repeatedly.
fn kept(text: &str) -> Result<Rc<Read>, ConditionFault> {
    if let Some(read) = KEPT.with_borrow(|kept| kept.get(text).cloned()) {
        return Ok(read);
    }
    let program = compile(text)?;
    let cost = Cost::of(program.expression());
    let read = Rc::new(Read { program, cost });
    KEPT.with_borrow_mut(|kept| {
        // Those that are in use will soon be remembered again.
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(text.to_owned(), Rc::clone(&read));
    });
    Ok(read)
}

/// Parses a condition, if it is within the limits.
fn compile(text: &str) -> Result<Program, ConditionFault> {
    bounds::check(text)?;
    Program::compile(text).map_err(|errors| ConditionFault::Syntax(first_line(&errors.to_string())))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
