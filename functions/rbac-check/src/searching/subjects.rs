//! Members, with all data that their decisions depend on; data that many of them share is held once.

use decisions::{AskedBy, Assignment, Decision, Line, SubjectPolicy, decide};
use serde::Deserialize;

use super::{
    known::{Known, Named},
    request::Asked,
};

/// Members of an organization, and what they may do according to the lines that match a question.
#[derive(Debug)]
pub struct Members {
    /// The members.
    pub known: Known<Member>,
    /// Whether any subject can hold a role in the organization.
    pub may_hold_roles: bool,
    /// Which role inherits which, for every role that leads to one of the lines.
    pub inherits: Vec<(String, String)>,
    /// The lines that match the question, whichever role has them.
    pub lines: Vec<Line>,
    /// The stored properties of the question's resource.
    pub resource: Option<String>,
}

/// A member.
#[derive(Debug, Deserialize)]
pub struct Member {
    place: String,
    subject: String,
    attributes: String,
    assignments: Vec<Assignment>,
}

impl Named for Member {
    fn name(&self) -> &str {
        &self.subject
    }

    fn place(&self) -> &str {
        &self.place
    }
}

impl Members {
    /// Decides about one member after the other. `caller` is the caller, if it may be a user that asks about itself.
    pub fn decider<'m>(
        &'m self,
        asked: &'m Asked<'_>,
        caller: Option<&'m str>,
        now: i64,
    ) -> impl FnMut(&'m Member) -> Decision {
        let mut policy = SubjectPolicy {
            may_hold_roles: self.may_hold_roles,
            inherits: self.inherits.iter().map(borrowed_edge).collect(),
            lines: self.lines.iter().map(borrowed_line).collect(),
            ..SubjectPolicy::default()
        };
        move |member| {
            policy.subject = &member.subject;
            policy.attributes = &member.attributes;
            policy.assignments = member.assignments.iter().map(borrowed_assignment).collect();
            let asked_by = match caller {
                Some(caller) if caller == member.subject => AskedBy::EndUser,
                _ => AskedBy::Service,
            };
            let question = asked.question(&member.subject, asked_by);
            decide(&policy, &question, self.resource.as_deref(), now)
        }
    }
}

fn borrowed_edge((role, inherited): &(String, String)) -> (&str, &str) {
    (role, inherited)
}

fn borrowed_assignment(assignment: &Assignment) -> Assignment<&str> {
    Assignment {
        role: &assignment.role,
        until: assignment.until,
        by_group: assignment.by_group.as_deref(),
    }
}

fn borrowed_line(line: &Line) -> Line<&str> {
    Line {
        role: &line.role,
        resource_type: &line.resource_type,
        id: &line.id,
        action: &line.action,
        effect: line.effect,
        condition: line.condition.as_deref(),
    }
}
