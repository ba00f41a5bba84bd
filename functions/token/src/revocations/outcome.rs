//! From the outcome of a revocation in the database to an answer.

use service::problem::{FieldError, Problem};

/// Reads an outcome.
pub fn judge(outcome: &str) -> Result<(), Problem> {
    let (pointer, detail) = match outcome {
        "created" => return Ok(()),
        "unknown_organization" => (
            "/organization",
            "expected the slug or id of an organization",
        ),
        "platform_cut_off" => (
            "/organization",
            "the organization platform cannot be revoked",
        ),
        "unknown_identity_provider" => (
            "/identity_provider",
            "expected the slug of an identity provider",
        ),
        other => return Err(Problem::internal(format!("unknown outcome {other:?}"))),
    };
    Err(Problem::invalid_fields(vec![FieldError {
        pointer: pointer.to_owned(),
        detail: detail.to_owned(),
    }]))
}

#[cfg(test)]
mod tests {
    use service::http::response::Response;

    use super::*;

    #[test]
    fn every_outcome_has_its_status() {
        assert!(judge("created").is_ok());
        let status = |outcome| Response::from(judge(outcome).unwrap_err()).status.as_u16();
        assert_eq!(status("unknown_organization"), 422);
        assert_eq!(status("platform_cut_off"), 422);
        assert_eq!(status("unknown_identity_provider"), 422);
        assert_eq!(status("something else"), 500);
    }
}
