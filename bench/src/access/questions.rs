//! The questions, and how many of their decisions must allow.

use anyhow::{Result, ensure};
use hyper::StatusCode;
use hyper::header::HeaderValue;
use serde::Deserialize;
use serde_json::{Value, json};

use super::population::{self, ACTION, Organizations, SUBJECTS, TYPE};
use crate::load::{self, Target};
use crate::stage::Served;

/// The number of decisions of a call with several.
pub const A_CALL: i32 = 100;

/// Requests that take turns.
#[derive(Clone, Debug)]
pub struct Questions {
    /// The requests.
    pub targets: Vec<Target>,
    /// The number of decisions of each request that allow.
    allowed: usize,
}

impl Questions {
    /// About each subject of the first organization, one per request; all are allowed.
    pub fn single(shell: &Served, organizations: &Organizations) -> Result<Self> {
        let slug = organizations.slugs.first().map_or("", String::as_str);
        let targets = (1..=SUBJECTS).map(|subject| one(shell, organizations, slug, subject));
        Ok(Self {
            targets: targets.collect::<Result<_>>()?,
            allowed: 1,
        })
    }

    /// About one subject of each organization.
    pub fn everywhere(shell: &Served, organizations: &Organizations) -> Result<Self> {
        let slugs = organizations.slugs.iter().zip((1..=SUBJECTS).cycle());
        let targets = slugs.map(|(slug, subject)| one(shell, organizations, slug, subject));
        Ok(Self {
            targets: targets.collect::<Result<_>>()?,
            allowed: 1,
        })
    }

    /// About one subject and many resources per call, of which it may read those of its lines.
    pub fn of_one_subject(shell: &Served, organizations: &Organizations) -> Result<Self> {
        let slug = organizations.slugs.first().map_or("", String::as_str);
        let targets = (1..=SUBJECTS).map(|number| {
            let others = (1..).map(|n| format!("other-{n}"));
            let ids = organizations.resources_of(number).chain(others);
            let items = ids
                .take(A_CALL as usize)
                .map(|id| json!({"resource": {"type": TYPE, "id": id}}));
            let body = json!({
                "subject": subject(number),
                "action": {"name": ACTION},
                "evaluations": items.collect::<Vec<_>>(),
            });
            target(shell, slug, "/access/v1/evaluations", &body)
        });
        Ok(Self {
            targets: targets.collect::<Result<_>>()?,
            allowed: usize::try_from(organizations.lines_a_subject)?,
        })
    }

    /// About every subject in one call.
    pub fn of_all_subjects(shell: &Served, organizations: &Organizations) -> Result<Self> {
        let slug = organizations.slugs.first().map_or("", String::as_str);
        let items = (1..=A_CALL).map(|number| question(organizations, number));
        let body = json!({"evaluations": items.collect::<Vec<_>>()});
        Ok(Self {
            targets: vec![target(shell, slug, "/access/v1/evaluations", &body)?],
            allowed: usize::try_from(A_CALL)?,
        })
    }

    /// Sends each request once and checks the decisions. A round only checks the status.
    pub fn check(&self, token: &HeaderValue) -> Result<()> {
        for target in &self.targets {
            let answer = load::answer(target, token.clone())?;
            let allowed = serde_json::from_slice::<Answer>(&answer)?.allowed();
            ensure!(
                allowed == self.allowed,
                "{allowed} of {} decisions allow: {} was answered with {}",
                self.allowed,
                String::from_utf8_lossy(&target.body),
                String::from_utf8_lossy(&answer)
            );
        }
        Ok(())
    }
}

/// One decision, or several.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    decision: bool,
    #[serde(default)]
    evaluations: Vec<Answer>,
}

impl Answer {
    fn allowed(&self) -> usize {
        let several = self.evaluations.iter().map(Self::allowed);
        usize::from(self.decision) + several.sum::<usize>()
    }
}

fn one(shell: &Served, organizations: &Organizations, slug: &str, subject: i32) -> Result<Target> {
    let body = question(organizations, subject);
    target(shell, slug, "/access/v1/evaluation", &body)
}

/// May the subject read what the role allows that its own role inherits?
fn question(organizations: &Organizations, number: i32) -> Value {
    let id = organizations.resources_of(number).next();
    let mut resource = json!({"type": TYPE, "id": id});
    if organizations.condition.is_some()
        && let Some(members) = resource.as_object_mut()
    {
        let properties = json!({"owner": population::subject(number), "status": "published"});
        members.insert("properties".to_owned(), properties);
    }
    json!({"subject": subject(number), "action": {"name": ACTION}, "resource": resource})
}

fn subject(number: i32) -> Value {
    json!({"type": "user", "id": population::subject(number)})
}

/// For the organization.
fn target(shell: &Served, slug: &str, path: &str, body: &Value) -> Result<Target> {
    let mut target = Target::post(shell.address, path, body.to_string());
    target.expected = StatusCode::OK;
    let slug = HeaderValue::from_str(slug)?;
    target.headers.insert("shell-organization", slug);
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_allows_is_counted_in_one_answer_and_in_many() {
        let allowed = |text: &str| serde_json::from_str::<Answer>(text).unwrap().allowed();
        assert_eq!(allowed(r#"{"decision":true}"#), 1);
        assert_eq!(allowed(r#"{"decision":false}"#), 0);
        let several = r#"{"evaluations":[{"decision":true},{"decision":false,"context":{}},{"decision":true}]}"#;
        assert_eq!(allowed(several), 2);
    }
}
