//! From the outcome of a change of a role or of its members in the database to an answer.

use decisions::InheritanceFault;
use http::StatusCode;
use serde::Deserialize;
use service::{
    http::change::{Done, parse},
    problem::{FieldError, Problem},
};

/// How many roles a problem names.
const MOST_NAMED: usize = 20;

/// A field that only the database can find invalid, and the roles that are the reason.
#[derive(Deserialize)]
struct Found {
    pointer: String,
    fault: Fault,
    roles: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fault {
    Circle,
    TooDeep,
    UnknownRole,
}

/// Reads an outcome; `document` was returned with it.
pub fn judge(outcome: &str, document: Option<&str>) -> Result<Done, Problem> {
    let document = document.unwrap_or_default();
    match outcome {
        "created" => Ok(Done::Created),
        "replaced" | "deleted" => Ok(Done::Stands),
        "precondition_failed" => Err(Problem::precondition_failed()),
        "unknown_role" => Err(unknown_role()),
        "global_role" => Err(global_role()),
        "last_administrator" => Err(last_administrator()),
        "inherited_role" => Err(parse(document).map_or_else(|fault| fault, inherited_role)),
        "invalid" => Err(parse(document).map_or_else(|fault| fault, invalid)),
        other => Err(Problem::internal(format!("unknown outcome {other:?}"))),
    }
}

/// Neither the organization nor the global roles have such a role.
pub fn unknown_role() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "unknown-role", "No such role")
        .with_detail("neither the organization nor the global roles have one with this slug")
}

fn global_role() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "global-role",
        "Only seeding can write this role",
    )
    .with_detail("it is a global role, or the role of platform's administrators")
}

fn last_administrator() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "last-administrator",
        "The organization would be left without an administrator",
    )
    .with_detail("assign the role to another user first, without an end")
}

fn inherited_role(mut by: Vec<String>) -> Problem {
    let more = by.len().saturating_sub(MOST_NAMED);
    by.truncate(MOST_NAMED);
    let and_more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let by = by.join(", ");
    Problem::new(
        StatusCode::CONFLICT,
        "inherited-role",
        "Other roles inherit this one",
    )
    .with_detail(format!(
        "first remove it from `inherits` of these roles: {by}{and_more}"
    ))
}

fn invalid(faults: Vec<Found>) -> Problem {
    let shown = |found: Found| FieldError {
        detail: match found.fault {
            Fault::Circle => InheritanceFault::Circle(found.roles).to_string(),
            Fault::TooDeep => InheritanceFault::TooDeep(found.roles).to_string(),
            Fault::UnknownRole => {
                "expected the slug of a role of the organization or of a global one".to_owned()
            }
        },
        pointer: found.pointer,
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
        check("replaced", None, 200);
        check("deleted", None, 200);
        check("precondition_failed", None, 412);
        check("unknown_role", None, 404);
        check("global_role", None, 409);
        check("inherited_role", Some(r#"["editor"]"#), 409);
        check("inherited_role", None, 500);
        let faults = r#"[{"pointer": "/inherits/0", "fault": "unknown_role", "roles": ["x"]}]"#;
        check("invalid", Some(faults), 422);
        check("invalid", Some("[{}]"), 500);
        check("something else", None, 500);
    }

    #[test]
    fn chains_and_heirs_are_named() {
        let told = |outcome: &str, document: &str| {
            let problem = judge(outcome, Some(document)).unwrap_err();
            serde_json::to_value(problem).unwrap()
        };
        let faults =
            r#"[{"pointer": "/inherits", "fault": "circle", "roles": ["aaa", "bbb", "aaa"]}]"#;
        let detail = &told("invalid", faults)["errors"][0]["detail"];
        assert_eq!(
            detail,
            "the inheritance of roles has a cycle: aaa > bbb > aaa"
        );
        let faults = r#"[{"pointer": "/inherits", "fault": "too_deep", "roles": ["aaa", "bbb"]}]"#;
        let detail = &told("invalid", faults)["errors"][0]["detail"];
        assert_eq!(detail, "more than 9 roles inherit in a row: aaa > bbb");
        let heirs: Vec<_> = (10..40).map(|n| format!("r{n}")).collect();
        let document = told("inherited_role", &serde_json::to_string(&heirs).unwrap());
        let detail = document["detail"].as_str().unwrap();
        assert!(
            detail.contains(": r10, r11, ") && detail.ends_with("r29 and 10 more"),
            "{detail}"
        );
    }
}
