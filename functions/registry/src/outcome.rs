//! From the outcome of a change in the database to an answer.

use http::StatusCode;
use serde::Deserialize;
use service::{
    http::change::Done,
    problem::{FieldError, Problem},
};

/// A field that only the database can find invalid.
#[derive(Deserialize)]
struct Found {
    pointer: String,
    fault: Fault,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fault {
    DomainTaken,
    ExternalIdTaken,
    PlatformHandedOver,
    PlatformSuspended,
    UnknownIdentityProvider,
}

impl Fault {
    fn detail(self) -> &'static str {
        match self {
            Self::DomainTaken => "expected a domain that no other organization has",
            Self::ExternalIdTaken => {
                "expected an id that the identity provider gives to no other organization"
            }
            Self::PlatformHandedOver => "platform keeps its identity provider",
            Self::PlatformSuspended => "platform stays active",
            Self::UnknownIdentityProvider => "expected the slug of an identity provider",
        }
    }
}

/// Reads an outcome; `document` was returned with it.
pub fn judge(outcome: &str, document: Option<&str>) -> Result<Done, Problem> {
    match outcome {
        "created" | "enabled" => Ok(Done::Created),
        "replaced" | "enabled_already" | "retired" | "disabled" | "renewed" => Ok(Done::Stands),
        "precondition_failed" => Err(Problem::precondition_failed()),
        "unknown_app" => Err(unknown_app("no app has this slug")),
        "unknown_organization" => Err(unknown_organization()),
        "provider_in_use" => Err(provider_in_use()),
        "invalid" => Err(invalid(document.unwrap_or_default())),
        other => Err(Problem::internal(format!("unknown outcome {other:?}"))),
    }
}

/// The caller can see no app with this slug.
pub fn unknown_app(detail: &'static str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "unknown-app", "No such app").with_detail(detail)
}

/// No organization has the slug or id.
pub fn unknown_organization() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown-organization",
        "No such organization",
    )
    .with_detail("no organization has this slug or id")
}

/// Its members, and the subjects that hold roles there, are users of the provider.
fn provider_in_use() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "provider-in-use",
        "The organization has users of its identity provider",
    )
    .with_detail("remove its members and role assignments first")
}

fn invalid(document: &str) -> Problem {
    let faults: Vec<Found> = match serde_json::from_str(document) {
        Ok(faults) => faults,
        Err(fault) => return Problem::internal(format!("faults: {fault}")),
    };
    let shown = |Found { pointer, fault }| FieldError {
        pointer,
        detail: fault.detail().to_owned(),
    };
    Problem::invalid_fields(faults.into_iter().map(shown).collect())
}

#[cfg(test)]
mod tests {
    use service::http::response::Response;

    use super::*;

    fn check(outcome: &str, document: Option<&str>, status: u16) {
        let answered = match judge(outcome, document) {
            Ok(done) => done.status(),
            Err(problem) => Response::from(problem).status,
        };
        assert_eq!(answered.as_u16(), status, "{outcome}");
    }

    #[test]
    fn every_outcome_has_its_status() {
        check("created", None, 201);
        check("enabled", None, 201);
        check("replaced", None, 200);
        check("enabled_already", None, 200);
        check("renewed", None, 200);
        check("precondition_failed", None, 412);
        check("unknown_app", None, 404);
        check("unknown_organization", None, 404);
        check("provider_in_use", None, 409);
        let faults = r#"[{"pointer": "/domains/0", "fault": "domain_taken"}]"#;
        check("invalid", Some(faults), 422);
        check("invalid", Some("[{}]"), 500);
        check("invalid", None, 500);
        check("something else", None, 500);
    }
}
