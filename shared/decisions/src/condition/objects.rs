//! The four objects that conditions can use: stored and sent data, merged.

use crate::question::{AskedBy, Properties, Question, check_bounds};

/// Properties of the subject, the resource and the action, and the context.
#[derive(Debug)]
pub struct Objects {
    /// The subject's.
    pub subject: Properties,
    /// The resource's.
    pub resource: Properties,
    /// The action's.
    pub action: Properties,
    /// The context.
    pub context: Properties,
}

impl Objects {
    /// The objects of a question, with the stored data of its subject and its resource; nothing if they exceed the
    /// limits.
    pub fn of(question: &Question<'_>, attributes: &str, stored: Option<&str>) -> Option<Self> {
        question.check().ok()?;
        let attributes: Properties = serde_json::from_str(attributes).ok()?;
        let stored = stored.map(serde_json::from_str::<Properties>);
        let stored = stored.transpose().ok()?;
        let stored = stored.as_ref();
        check_bounds(&[Some(&attributes)]).ok()?;
        check_bounds(&[stored]).ok()?;
        let by_service = question.asked_by == AskedBy::Service;
        let sent = question.subject_properties.filter(|_| by_service);
        let resource = if by_service {
            merged(stored, question.resource_properties)
        } else {
            merged(question.resource_properties, stored)
        };
        Some(Self {
            subject: merged(Some(&attributes), sent),
            resource,
            action: merged(None, question.action_properties),
            context: merged(None, question.context),
        })
    }
}

/// The members of both objects; if both have a member of one name, that of the second replaces that of the first.
fn merged(below: Option<&Properties>, above: Option<&Properties>) -> Properties {
    let mut merged = below.cloned().unwrap_or_default();
    for (name, value) in above.into_iter().flatten() {
        merged.insert(name.clone(), value.clone());
    }
    merged
}
