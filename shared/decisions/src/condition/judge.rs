//! Whether conditions hold for one question.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

use cel::{Context, Env, Value};

use super::{cost::Seen, kept, values};
use crate::policy::Effect;
use crate::question::{AskedBy, Properties, Question, check_bounds, measure};

thread_local! {
    static STANDARD: Arc<Env> = Arc::new(Env::stdlib());
}

/// Judges conditions for one question. What they see is put together when the first is judged: most
/// questions meet none.
pub struct Judge<'a> {
    question: &'a Question<'a>,
    attributes: &'a str,
    stored: Option<&'a str>,
    seen: OnceCell<Option<(Context<'static, 'static>, Seen)>>,
}

impl<'a> Judge<'a> {
    /// For a question, with what is stored of its subject and its resource: objects, as JSON.
    pub fn new(question: &'a Question<'a>, attributes: &'a str, stored: Option<&'a str>) -> Self {
        Self {
            question,
            attributes,
            stored,
            seen: OnceCell::new(),
        }
    }

    /// Whether a line with this condition counts. An error never allows: a line that allows does not count
    /// then, and one that denies does.
    pub fn holds(&self, condition: &str, effect: Effect) -> bool {
        self.result(condition).unwrap_or(effect == Effect::Deny)
    }

    /// Nothing where it has no result, or none that is a boolean.
    fn result(&self, condition: &str) -> Option<bool> {
        let seen = self.seen.get_or_init(|| self.see()).as_ref()?;
        let (context, size) = seen;
        let read = kept(condition).ok()?;
        if !read.cost.fits(*size) {
            return None;
        }
        match read.program.execute(context).ok()? {
            Value::Bool(result) => Some(result),
            _ => None,
        }
    }

    /// What conditions see; nothing where it is beyond the bounds.
    fn see(&self) -> Option<(Context<'static, 'static>, Seen)> {
        let question = self.question;
        question.check().ok()?;
        let attributes: Properties = serde_json::from_str(self.attributes).ok()?;
        let stored = self.stored.map(serde_json::from_str::<Properties>);
        let stored = stored.transpose().ok()?;
        let stored = stored.as_ref();
        check_bounds(&[Some(&attributes)]).ok()?;
        check_bounds(&[stored]).ok()?;
        let by_service = question.asked_by == AskedBy::Service;
        let sent = question.subject_properties.filter(|_| by_service);
        let subject = merged(Some(&attributes), sent);
        let resource = if by_service {
            merged(stored, question.resource_properties)
        } else {
            merged(question.resource_properties, stored)
        };
        let action = merged(None, question.action_properties);
        let circumstances = merged(None, question.context);

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

/// Both, name by name; the second wins, whole, where both have a name.
fn merged(below: Option<&Properties>, above: Option<&Properties>) -> Properties {
    let mut merged = below.cloned().unwrap_or_default();
    for (name, value) in above.into_iter().flatten() {
        merged.insert(name.clone(), value.clone());
    }
    merged
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
