//! Whether conditions hold for one question.

use std::cell::{Cell, OnceCell};
use std::collections::HashMap;
use std::sync::Arc;

use cel::{Context, Env, Value};

use super::{
    cost::{MOST_BYTES_TOGETHER, Seen},
    kept,
    objects::Objects,
    values,
};
use crate::policy::Effect;
use crate::question::{Properties, Question, measure};

thread_local! {
    static STANDARD: Arc<Env> = Arc::new(Env::stdlib());
}

/// The result of a line's condition. A line without a condition applies.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Outcome {
    /// It holds.
    Counts,
    /// It does not hold.
    DoesNotHold,
    /// It has no result, or one that is not a boolean.
    CannotBeJudged,
}

impl Outcome {
    /// Whether a line with this effect applies with this result. An error never allows: a line that allows does not
    /// apply, and one that denies does.
    pub fn counts(self, effect: Effect) -> bool {
        match self {
            Self::Counts => true,
            Self::DoesNotHold => false,
            Self::CannotBeJudged => effect == Effect::Deny,
        }
    }
}

/// Evaluates conditions for one question. Their input is built when the first is evaluated: most questions have
/// none.
pub struct Judge<'a> {
    question: &'a Question<'a>,
    attributes: &'a str,
    stored: Option<&'a str>,
    seen: OnceCell<Option<(Context<'static, 'static>, Seen)>>,
    /// What the remaining conditions may cost.
    left: Cell<u64>,
}

impl<'a> Judge<'a> {
    /// For a question, with the stored data of its subject and its resource: objects, as JSON.
    pub fn new(question: &'a Question<'a>, attributes: &'a str, stored: Option<&'a str>) -> Self {
        Self {
            question,
            attributes,
            stored,
            seen: OnceCell::new(),
            left: Cell::new(MOST_BYTES_TOGETHER),
        }
    }

    /// The outcome of a condition.
    pub fn outcome(&self, condition: &str) -> Outcome {
        match self.result(condition) {
            Some(true) => Outcome::Counts,
            Some(false) => Outcome::DoesNotHold,
            None => Outcome::CannotBeJudged,
        }
    }

    /// The result; nothing if there is none, if it is not a boolean, or if it would cost more than is left.
    fn result(&self, condition: &str) -> Option<bool> {
        let seen = self.seen.get_or_init(|| self.see()).as_ref()?;
        let (context, size) = seen;
        let read = kept(condition).ok()?;
        let cost = read.cost.seeing(*size)?;
        self.left.set(self.left.get().checked_sub(cost)?);
        match read.program.execute(context).ok()? {
            Value::Bool(result) => Some(result),
            _ => None,
        }
    }

    /// The input of conditions; nothing if it exceeds the limits.
    fn see(&self) -> Option<(Context<'static, 'static>, Seen)> {
        let question = self.question;
        let Objects {
            subject,
            resource,
            action,
            context: circumstances,
        } = Objects::of(question, self.attributes, self.stored)?;

        // In the order of the roots.
        let objects = [&subject, &resource, &action, &circumstances];
        let measured = objects.map(measure);
        let size = Seen {
            bytes: measured.map(|(bytes, _)| bytes),
            longest: measured
                .into_iter()
                .map(|(_, longest)| longest)
                .max()
                .unwrap_or(0),
        };
        let mut seen = Context::with_env(STANDARD.with(Arc::clone));
        let (of_type, id) = (question.subject_type, question.subject_id);
        seen.add_variable_from_value(
            "subject",
            entity(&[("type", of_type), ("id", id)], &subject),
        );
        let (of_type, id) = (question.resource_type, question.resource_id);
        seen.add_variable_from_value(
            "resource",
            entity(&[("type", of_type), ("id", id)], &resource),
        );
        seen.add_variable_from_value("action", entity(&[("name", question.action_name)], &action));
        seen.add_variable_from_value("context", values::object(&circumstances));
        Some((seen, size))
    }
}

fn entity(names: &[(&str, &str)], properties: &Properties) -> Value {
    let mut entity: HashMap<&str, Value> = HashMap::new();
    for (name, text) in names {
        entity.insert(name, Value::from(*text));
    }
    entity.insert("properties", values::object(properties));
    Value::from(entity)
}

#[cfg(test)]
mod tests;
