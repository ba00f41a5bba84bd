//! Errors as clients see them: problem documents (RFC 9457).

use std::borrow::Cow;

use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// An invalid field.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, ToSchema)]
pub struct FieldError {
    /// The place in the body (RFC 6901); empty for the whole body.
    #[schema(example = "/name")]
    pub pointer: String,
    /// What was expected there.
    pub detail: String,
}

/// A problem document (RFC 9457). The document is for the client; its cause is for the log.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "urn:shell:problem:unknown-app", "title": "No such app", "status": 404
}))]
pub struct Problem {
    /// The type of the problem: stable, so that programs can compare it.
    #[serde(rename = "type", serialize_with = "uri")]
    #[schema(value_type = String, format = "uri")]
    name: &'static str,
    /// The title, the same for every problem of the type.
    title: &'static str,
    /// The status of the response.
    #[schema(value_type = u16)]
    #[serde(serialize_with = "status_code")]
    pub(crate) status: StatusCode,
    /// What went wrong this time, and what to do next.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Box<str>>,
    /// The stores that are unavailable.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    down: Vec<&'static str>,
    /// Every invalid field, if validation failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// The slugs of the organizations to choose from, if the choice is missing.
    #[schema(value_type = Vec<String>, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    organizations: Option<Box<Choices>>,
    /// In a box, since a small error is cheap to pass on.
    #[serde(skip)]
    pub(crate) beside: Box<Beside>,
}

/// In a box for the same reason.
#[derive(Clone, Debug, Serialize)]
struct Choices(Vec<String>);

/// What goes into the response and the log beside the document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    pub cause: Option<String>,
}

fn uri<S: serde::Serializer>(name: &str, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&format_args!("urn:shell:problem:{name}"))
}

fn status_code<S: serde::Serializer>(status: &StatusCode, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u16(status.as_u16())
}

impl Problem {
    /// A problem of the kind `name`, as in `urn:shell:problem:name`.
    pub fn new(status: StatusCode, name: &'static str, title: &'static str) -> Self {
        Self {
            name,
            title,
            status,
            detail: None,
            down: Vec::new(),
            errors: Vec::new(),
            organizations: None,
            beside: Box::default(),
        }
    }

    /// No route matches the path.
    pub fn unknown_path() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown-path",
            "There is no such path",
        )
    }

    /// The path does not support this method; the answer names those that it supports.
    pub fn method_not_allowed(fit: String) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "This path does not support the method",
        )
        .with_header("allow", fit)
    }

    /// A query string or cursor that is not valid.
    pub fn invalid_query(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid-query",
            "The query is invalid",
        )
        .with_detail(detail)
    }

    /// A body that is not valid JSON.
    pub fn invalid_json(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid-json",
            "The body is not valid JSON",
        )
        .with_detail(detail)
    }

    /// The invalid fields of the body, all of them.
    pub fn invalid_fields(errors: Vec<FieldError>) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid-fields",
            "Validation failed",
        )
        .with_errors(errors)
    }

    /// The resource does not match the preconditions in the request's headers.
    pub fn precondition_failed() -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "precondition-failed",
            "The resource has changed since you read it",
        )
        .with_detail("read it again, and send the change with the new ETag")
    }

    /// The token is missing or not accepted (RFC 6750, section 3).
    ///
    /// `fault` is absent if no token was sent.
    pub fn unauthenticated(fault: Option<&'static str>) -> Self {
        let challenge = match fault {
            None => Cow::Borrowed(r#"Bearer realm="shell""#),
            Some(fault) => Cow::Owned(format!(
                r#"Bearer realm="shell", error="invalid_token", error_description="{fault}""#
            )),
        };
        let problem = Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "A valid access token is required",
        )
        .with_detail(fault.unwrap_or("send `Authorization: Bearer <token>`"))
        .with_header("www-authenticate", challenge);
        match fault {
            Some(fault) => problem.with_cause(fault),
            None => problem,
        }
    }

    /// The caller is authenticated, but not allowed to do this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "The caller is not allowed to do this",
        )
        .with_detail(detail)
    }

    /// A required store is unavailable; a retry later may help.
    pub fn unavailable(down: Vec<&'static str>) -> Self {
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "A store cannot be reached; try again later",
        )
        .with_header("retry-after", "1");
        problem.down = down;
        problem
    }

    /// The token cannot be checked before its issuer's keys are fetched again, which may be tried after this number
    /// of seconds.
    pub fn keys_unavailable(seconds: u64) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "keys-unavailable",
            "The issuer's signing keys are unavailable; try again later",
        )
        .with_header("retry-after", seconds.max(1).to_string())
    }

    /// An internal error. `cause` is for the log only.
    pub fn internal(cause: impl Into<String>) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Internal error; the cause is in the Shell's log, under the request id",
        )
        .with_cause(cause)
    }

    /// Why a token is not accepted, if this is such a problem.
    pub fn why_unaccepted(&self) -> Option<&str> {
        let cause = self.beside.cause.as_deref();
        cause.filter(|_| self.status == StatusCode::UNAUTHORIZED)
    }

    /// Whether the caller is not allowed to do something.
    pub fn is_refusal(&self) -> bool {
        self.status == StatusCode::FORBIDDEN
    }

    /// Adds what went wrong this time.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into().into_boxed_str());
        self
    }

    /// Adds the places in the body that have errors.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// Adds the slugs of the organizations to choose from.
    #[must_use]
    pub fn with_organizations(mut self, slugs: Vec<String>) -> Self {
        self.organizations = Some(Box::new(Choices(slugs)));
        self
    }

    /// Adds the cause, for the log only.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<String>) -> Self {
        self.beside.cause = Some(cause.into());
        self
    }

    /// Adds a header of the response.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.beside.headers.push((name, value.into()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_what_the_standard_names() {
        let document = serde_json::to_value(Problem::invalid_query("limit: expected 1 to 1000"));
        assert_eq!(
            document.ok(),
            Some(serde_json::json!({
                "type": "urn:shell:problem:invalid-query",
                "title": "The query is invalid",
                "status": 400,
                "detail": "limit: expected 1 to 1000",
            }))
        );
    }
}
