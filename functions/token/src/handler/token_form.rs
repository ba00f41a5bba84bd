//! The form in a request, and the answer if the body is not a form.

use http::StatusCode;
use service::{
    http::{
        body::Body,
        head::Head,
        response::{Response, to_json},
    },
    problem::Problem,
};

use crate::{
    api::tokens::{TokenError, TokenErrorCode},
    form::{TokenForm, Unfit},
};

/// Reads a form with a token.
pub async fn read(head: &Head, body: Body) -> Result<Result<TokenForm, Unfit>, Problem> {
    let body = body.bytes().await?;
    Ok(TokenForm::read(&head.header("content-type"), &body))
}

/// The answer to a form that is refused.
pub fn unfit(Unfit(fault): Unfit) -> Result<Response, Problem> {
    refused(TokenErrorCode::InvalidRequest, fault)
}

/// An error as the standards define it.
pub fn refused(
    error: TokenErrorCode,
    error_description: &'static str,
) -> Result<Response, Problem> {
    let body = to_json(&TokenError {
        error,
        error_description,
    })?;
    Ok(unkept(Response::json(StatusCode::BAD_REQUEST, body)))
}

/// Forbids caches to store an answer.
pub fn unkept(response: Response) -> Response {
    response.with_header("cache-control", "no-store")
}
