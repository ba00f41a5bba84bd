//! One evaluation, complete: its own members, and the defaults in place of those that it leaves out.

use decisions::{AskedBy, Question};
use vocabulary::Invalid;

use super::{
    entities::{Action, Entities, Resource, Sent, Subject},
    fields::{Faults, add},
};

/// An evaluation that has to be decided.
#[derive(Clone, Copy, Debug)]
pub struct Evaluation<'e, 'a> {
    /// The subject.
    pub subject: &'e Subject<'a>,
    action: &'e Action<'a>,
    resource: &'e Resource<'a>,
    context: Option<&'e Sent<'a>>,
}

impl<'e, 'a> Evaluation<'e, 'a> {
    /// Takes each member as a whole from `own`, or else from `defaults`; a member that is in neither is an error.
    pub fn new(own: &'e Entities<'a>, defaults: &'e Entities<'a>) -> Result<Self, Faults> {
        let subject = own.subject.as_ref().or(defaults.subject.as_ref());
        let action = own.action.as_ref().or(defaults.action.as_ref());
        let resource = own.resource.as_ref().or(defaults.resource.as_ref());
        let context = own.context.as_ref().or(defaults.context.as_ref());
        if let (Some(subject), Some(action), Some(resource)) = (subject, action, resource) {
            return Ok(Self {
                subject,
                action,
                resource,
                context,
            });
        }
        let mut faults = Faults::new();
        for (pointer, is_there) in [
            ("/subject", subject.is_some()),
            ("/action", action.is_some()),
            ("/resource", resource.is_some()),
        ] {
            if !is_there {
                add(&mut faults, pointer, &Invalid("an object"));
            }
        }
        Err(faults)
    }

    /// The question to decide. If a user asks about itself, what it sends about itself has little effect.
    pub fn question(&self, asks_about_itself: bool) -> Result<Question<'e>, Faults> {
        let question = Question {
            asked_by: if asks_about_itself {
                AskedBy::EndUser
            } else {
                AskedBy::Service
            },
            subject_type: &self.subject.kind,
            subject_id: &self.subject.id,
            subject_properties: self.subject.properties.as_ref().map(Sent::properties),
            action_name: &self.action.name,
            action_properties: self.action.properties.as_ref().map(Sent::properties),
            resource_type: &self.resource.kind,
            resource_id: &self.resource.id,
            resource_properties: self.resource.properties.as_ref().map(Sent::properties),
            context: self.context.map(Sent::properties),
        };
        match question.check() {
            Ok(()) => Ok(question),
            Err(_) => {
                let mut faults = Faults::new();
                let expected = "properties and context of at most 64 KiB together, with lists of at \
                    most 1,000 entries";
                add(&mut faults, "", &Invalid(expected));
                Err(faults)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::evaluating::fields::Fields;

    fn entities(json: &str) -> Entities<'_> {
        let mut faults = Faults::new();
        let fields = Fields::new(serde_json::from_str(json).unwrap(), "", &mut faults);
        Entities::read(&fields.unwrap(), &mut faults)
    }

    const WHOLE: &str = r#"{
        "subject": {"type": "user", "id": "alice", "properties": {"role": "admin"}},
        "action": {"name": "write"}, "resource": {"type": "doc", "id": "1"}, "context": {"a": 1}
    }"#;

    #[test]
    fn a_member_takes_the_place_of_the_default_whole() {
        let (own, defaults) = (
            entities(r#"{"subject":{"type":"user","id":"bob"}}"#),
            entities(WHOLE),
        );
        let evaluation = Evaluation::new(&own, &defaults).unwrap();
        let question = evaluation.question(false).unwrap();
        assert_eq!(question.subject_id, "bob");
        assert!(question.subject_properties.is_none());
        assert_eq!((question.action_name, question.resource_id), ("write", "1"));
        assert_eq!(question.context.unwrap()["a"], json!(1));
    }

    #[test]
    fn what_neither_has_is_missing() {
        let (own, defaults) = (
            entities(r#"{"action":{"name":"read"}}"#),
            Entities::default(),
        );
        let faults = Evaluation::new(&own, &defaults).unwrap_err();
        let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/subject", "/resource"]);
    }

    #[test]
    fn who_asks_about_itself_is_an_end_user() {
        let (own, defaults) = (entities(WHOLE), Entities::default());
        let evaluation = Evaluation::new(&own, &defaults).unwrap();
        assert_eq!(
            evaluation.question(true).unwrap().asked_by,
            AskedBy::EndUser
        );
        assert_eq!(
            evaluation.question(false).unwrap().asked_by,
            AskedBy::Service
        );
    }

    #[test]
    fn what_is_sent_has_an_end() {
        let half = format!(r#"{{"k":"{}"}}"#, "x".repeat(40 * 1024));
        let list = format!(r#"{{"k":[{}0]}}"#, "0,".repeat(1_000));
        let defaults = entities(WHOLE);
        for (subject, context, fits) in [
            (&half, r#"{"k":1}"#, true),
            (&half, half.as_str(), false),
            (&list, "{}", false),
        ] {
            let own = format!(
                r#"{{"subject":{{"type":"user","id":"a","properties":{subject}}},"context":{context}}}"#
            );
            let own = entities(&own);
            let evaluation = Evaluation::new(&own, &defaults).unwrap();
            assert_eq!(evaluation.question(false).is_ok(), fits);
        }
    }
}
