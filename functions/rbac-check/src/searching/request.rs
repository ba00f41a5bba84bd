//! The request of a search, parsed from the body.

use decisions::{AskedBy, Effect, Line, Question};
use http::StatusCode;
use serde_json::json;
use service::problem::Problem;
use vocabulary::Invalid;

use super::paging::{self, Paging};
use crate::evaluating::{
    entities::{Action, Entities, Resource, Sent, Sought, Subject},
    fields::{Faults, add},
    request::whole,
};

/// A search: a question in which one name is open.
#[derive(Debug)]
pub struct Asked<'a> {
    /// What the open name belongs to.
    pub sought: Sought,
    /// The subject that would act.
    pub subject: Subject<'a>,
    /// The action that would be taken.
    pub action: Action<'a>,
    /// The resource that would be acted on.
    pub resource: Resource<'a>,
    /// The context.
    pub context: Option<Sent<'a>>,
    /// The page of results.
    pub page: Paging<'a>,
}

impl<'a> Asked<'a> {
    /// Reads the body of a search.
    pub fn read(body: &'a str, sought: Sought) -> Result<Self, Problem> {
        let mut faults = Faults::new();
        let Some(fields) = whole(body, &mut faults)? else {
            return Err(unfit(faults));
        };
        for name in ["subject", "action", "resource"] {
            let is_needed = sought != Sought::Actions || name != "action";
            if is_needed && fields.get(name).is_none() {
                add(&mut faults, format!("/{name}"), &Invalid("an object"));
            }
        }
        let entities = Entities::read_but(Some(sought), &fields, &mut faults);
        let page = paging::read(fields.get("page"), &mut faults);
        let Entities {
            subject,
            action,
            resource,
            context,
        } = entities;
        let action = match sought {
            Sought::Actions => Some(Action {
                name: "".into(),
                properties: None,
            }),
            _ => action,
        };
        match (subject, action, resource) {
            (Some(subject), Some(action), Some(resource)) if faults.is_empty() => {
                let asked = Self {
                    sought,
                    subject,
                    action,
                    resource,
                    context,
                    page,
                };
                asked.check()?;
                Ok(asked)
            }
            _ => Err(unfit(faults)),
        }
    }

    /// The limits on what was sent are those of an evaluation, whatever is found.
    fn check(&self) -> Result<(), Problem> {
        self.question("", AskedBy::Service).check().map_err(|_| {
            let mut faults = Faults::new();
            let expected = "properties and context of at most 64 KiB together, with lists of at \
                most 1,000 entries";
            add(&mut faults, "", &Invalid(expected));
            unfit(faults)
        })
    }

    /// The user that the search is about, if its subject is a user.
    pub fn user(&self) -> Option<&str> {
        let is_user = self.sought != Sought::Subjects && self.subject.kind == "user";
        is_user.then_some(&*self.subject.id)
    }

    /// The question with a name in the open position.
    pub fn question<'q>(&'q self, name: &'q str, asked_by: AskedBy) -> Question<'q> {
        let named = |of: Sought, sent: &'q str| if self.sought == of { name } else { sent };
        Question {
            asked_by,
            subject_type: &self.subject.kind,
            subject_id: named(Sought::Subjects, &self.subject.id),
            subject_properties: self.subject.properties.as_ref().map(Sent::properties),
            action_name: named(Sought::Actions, &self.action.name),
            action_properties: self.action.properties.as_ref().map(Sent::properties),
            resource_type: &self.resource.kind,
            resource_id: named(Sought::Resources, &self.resource.id),
            resource_properties: self.resource.properties.as_ref().map(Sent::properties),
            context: self.context.as_ref().map(Sent::properties),
        }
    }

    /// Whether a line may allow something that is searched for. If no line may, nothing is found, and no candidate is
    /// examined.
    pub fn may_be_allowed_by(&self, line: &Line<&str>) -> bool {
        let is = |said: &str, asked: &str| said == "*" || said == asked;
        let of_action = self.sought == Sought::Actions || is(line.action, &self.action.name);
        let of_id = self.sought == Sought::Resources || is(line.id, &self.resource.id);
        let of_type = is(line.resource_type, &self.resource.kind);
        line.effect == Effect::Allow && of_type && of_id && of_action
    }

    /// Everything to which a page's token is bound, in one canonical form: members in order, without spaces.
    pub fn written(&self) -> String {
        let question = self.question("", AskedBy::Service);
        let sought = match self.sought {
            Sought::Subjects => "subject",
            Sought::Resources => "resource",
            Sought::Actions => "action",
        };
        json!([
            sought,
            question.subject_type,
            question.subject_id,
            question.subject_properties,
            question.action_name,
            question.action_properties,
            question.resource_type,
            question.resource_id,
            question.resource_properties,
            question.context,
            self.page.properties.as_ref().map(Sent::properties),
        ])
        .to_string()
    }
}

/// The problem for an invalid search.
pub fn unfit(faults: Faults) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "invalid-search",
        "The search is not valid",
    )
    .with_errors(faults)
}

#[cfg(test)]
mod tests;
