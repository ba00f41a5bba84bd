//! From the outcome of a removal in the database to an answer.

use http::StatusCode;
use service::problem::Problem;

/// Reads an outcome.
pub fn judge(outcome: &str) -> Result<(), Problem> {
    match outcome {
        "deleted" => Ok(()),
        "precondition_failed" => Err(Problem::precondition_failed()),
        "last_administrator" => Err(last_administrator()),
        other => Err(Problem::internal(format!("unknown outcome {other:?}"))),
    }
}

/// The organization has no such member.
pub fn unknown_user() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "unknown-user", "No such user")
        .with_detail("no member of the organization has this external_id")
}

fn last_administrator() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "last-administrator",
        "The organization would be left without an administrator",
    )
    .with_detail("make another user an administrator first, without an end")
}

#[cfg(test)]
mod tests {
    use service::http::response::Response;

    use super::*;

    #[test]
    fn every_outcome_has_its_status() {
        let status = |outcome: &str| match judge(outcome) {
            Ok(()) => 204,
            Err(problem) => Response::from(problem).status.as_u16(),
        };
        assert_eq!(status("deleted"), 204);
        assert_eq!(status("precondition_failed"), 412);
        assert_eq!(status("last_administrator"), 409);
        assert_eq!(status("something else"), 500);
    }
}
