//! From the outcome of a change of resources in the database to an answer.

use http::StatusCode;
use service::{http::change::Done, problem::Problem};

/// Reads an outcome.
pub fn judge(outcome: &str) -> Result<Done, Problem> {
    match outcome {
        "created" => Ok(Done::Created),
        "replaced" | "unchanged" | "written" | "deleted" => Ok(Done::Stands),
        "precondition_failed" => Err(Problem::precondition_failed()),
        other => Err(Problem::internal(format!("unknown outcome {other:?}"))),
    }
}

/// The organization stores no resource of the type and id.
pub fn unknown_resource() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown-resource",
        "No such resource",
    )
    .with_detail("the organization stores no resource of this type and id")
}

#[cfg(test)]
mod tests {
    use service::http::response::Response;

    use super::*;

    fn check(outcome: &str, status: u16) {
        let answered = match judge(outcome) {
            Ok(done) => done.status(),
            Err(problem) => Response::from(problem).status,
        };
        assert_eq!(answered.as_u16(), status, "{outcome}");
    }

    #[test]
    fn every_outcome_has_its_status() {
        check("created", 201);
        check("replaced", 200);
        check("unchanged", 200);
        check("written", 200);
        check("deleted", 200);
        check("precondition_failed", 412);
        check("something else", 500);
    }
}
