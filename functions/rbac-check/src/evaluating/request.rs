//! The request of evaluations, parsed from the body.

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::value::RawValue;
use service::{http::json, problem::Problem};
use vocabulary::Invalid;

use super::{
    entities::{Entities, Subject},
    evaluation::Evaluation,
    fields::{Faults, Fields, add},
    strict,
};

/// The maximum number of evaluations of one request.
pub const MOST: usize = 1_000;

/// When the evaluation of a request ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Semantic {
    /// After the last evaluation.
    ExecuteAll,
    /// After the first that is denied or invalid.
    DenyOnFirstDeny,
    /// After the first that is permitted.
    PermitOnFirstPermit,
}

/// The form of the answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// One decision.
    One,
    /// A list of decisions.
    Several(Semantic),
}

/// A request for evaluations. A single evaluation is an item for which everything comes from the defaults.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The form of the answer.
    pub form: Form,
    defaults: Entities<'a>,
    items: Vec<Result<Entities<'a>, Faults>>,
}

impl Asked<'_> {
    /// Reads the body of an evaluation.
    pub fn one(body: &str) -> Result<Asked<'_>, Problem> {
        Asked::single(body)?.map_err(unfit)
    }

    /// Reads the body of an explanation, which is not one of AuthZEN's requests.
    pub fn to_explain(body: &str) -> Result<Asked<'_>, Problem> {
        Asked::single(body)?.map_err(Problem::invalid_fields)
    }

    fn single(body: &str) -> Result<Result<Asked<'_>, Faults>, Problem> {
        let mut faults = Faults::new();
        let fields = whole(body, &mut faults)?;
        let defaults = fields.map(|fields| Entities::read(&fields, &mut faults));
        Ok(Asked::alone(defaults, faults))
    }

    /// Reads the body of evaluations; without any, the body is a single evaluation.
    pub fn several(body: &str) -> Result<Asked<'_>, Problem> {
        let mut faults = Faults::new();
        let Some(fields) = whole(body, &mut faults)? else {
            return Err(unfit(faults));
        };
        let defaults = Entities::read(&fields, &mut faults);
        let semantic = semantic(fields.get("options"), &mut faults);
        let sent = fields.get("evaluations").map(items);
        let sent = match sent.unwrap_or_else(|| Ok(Vec::new())) {
            Ok(sent) if sent.is_empty() => {
                return Asked::alone(Some(defaults), faults).map_err(unfit);
            }
            Ok(sent) => sent,
            Err(expected) => {
                add(&mut faults, "/evaluations", &expected);
                Vec::new()
            }
        };
        match semantic {
            Some(semantic) if faults.is_empty() => Ok(Asked {
                form: Form::Several(semantic),
                defaults,
                items: sent.into_iter().map(item).collect(),
            }),
            _ => Err(unfit(faults)),
        }
    }
}

impl<'a> Asked<'a> {
    fn alone(defaults: Option<Entities<'a>>, mut faults: Faults) -> Result<Self, Faults> {
        let own = Entities::default();
        if let Some(defaults) = defaults.filter(|_| faults.is_empty()) {
            let evaluation = Evaluation::new(&own, &defaults);
            // Its validity does not depend on the caller.
            match evaluation.and_then(|evaluation| evaluation.question(false).map(|_| ())) {
                Ok(()) => {
                    return Ok(Self {
                        form: Form::One,
                        defaults,
                        items: vec![Ok(own)],
                    });
                }
                Err(found) => faults = found,
            }
        }
        Err(faults)
    }

    /// The evaluations in order, or why an item is invalid.
    pub fn evaluations(&self) -> impl Iterator<Item = Result<Evaluation<'_, 'a>, Faults>> {
        self.items.iter().map(|item| match item {
            Ok(own) => Evaluation::new(own, &self.defaults),
            Err(faults) => Err(faults.clone()),
        })
    }

    /// The users among the subjects, each once, in the order of their ids.
    pub fn users(&self) -> impl Iterator<Item = &str> {
        let users = self.subjects().filter(|subject| subject.kind == "user");
        let users: BTreeSet<_> = users.map(|subject| &*subject.id).collect();
        users.into_iter()
    }

    /// The subjects of the evaluations, with repetitions.
    pub fn subjects(&self) -> impl Iterator<Item = &Subject<'a>> {
        let complete = self.evaluations().filter_map(Result::ok);
        complete.map(|evaluation| evaluation.subject)
    }
}

/// Checks the content type of a body.
pub fn check_content_type(sent: &[String]) -> Result<(), Problem> {
    let is_json = |value: &String| {
        let kind = value.split(';').next().unwrap_or_default();
        kind.trim().eq_ignore_ascii_case("application/json")
    };
    match sent {
        [value] if is_json(value) => Ok(()),
        _ => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "not-sent-as-json",
            "The body is not sent as JSON",
        )
        .with_detail("send Content-Type: application/json")),
    }
}

/// The members of a whole body, which must be unambiguous.
pub fn whole<'a>(body: &'a str, faults: &mut Faults) -> Result<Option<Fields<'a>>, Problem> {
    strict::check(body).map_err(|fault| match fault {
        strict::Fault::NoJson(detail) => Problem::invalid_json(detail),
        strict::Fault::Unclear(detail) => Problem::new(
            StatusCode::BAD_REQUEST,
            "unclear-json",
            "The body is ambiguous",
        )
        .with_detail(detail),
    })?;
    let raw: &RawValue =
        serde_json::from_str(body).map_err(|fault| Problem::invalid_json(fault.to_string()))?;
    Ok(Fields::new(raw, "", faults))
}

/// The problem for an invalid evaluation.
fn unfit(faults: Faults) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "invalid-evaluation",
        "The request is not valid",
    )
    .with_errors(faults)
}

fn semantic(options: Option<&RawValue>, faults: &mut Faults) -> Option<Semantic> {
    let Some(options) = options else {
        return Some(Semantic::ExecuteAll);
    };
    let options = Fields::new(options, "/options", faults)?;
    let Some(sent) = options.get("evaluations_semantic") else {
        return Some(Semantic::ExecuteAll);
    };
    match json::text(sent.get()).as_deref() {
        Ok("execute_all") => Some(Semantic::ExecuteAll),
        Ok("deny_on_first_deny") => Some(Semantic::DenyOnFirstDeny),
        Ok("permit_on_first_permit") => Some(Semantic::PermitOnFirstPermit),
        _ => {
            let expected = Invalid("execute_all, deny_on_first_deny or permit_on_first_permit");
            add(faults, "/options/evaluations_semantic", &expected);
            None
        }
    }
}

fn items(sent: &RawValue) -> Result<Vec<&RawValue>, Invalid> {
    json::items(sent)
        .filter(|items| items.len() <= MOST)
        .ok_or(Invalid("an array of at most 1,000 evaluations"))
}

fn item(raw: &RawValue) -> Result<Entities<'_>, Faults> {
    let mut faults = Faults::new();
    match Fields::new(raw, "", &mut faults).map(|fields| Entities::read(&fields, &mut faults)) {
        Some(entities) if faults.is_empty() => Ok(entities),
        _ => Err(faults),
    }
}

#[cfg(test)]
mod tests;
