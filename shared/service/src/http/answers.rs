//! The answers that several functions give, as the contract describes them.

#![allow(
    dead_code,
    reason = "only the generator of openapi.yaml reads the fields"
)]

use utoipa::IntoResponses;

use crate::problem::Problem;

/// The client has the current version.
#[derive(IntoResponses)]
#[response(
    status = 304,
    description = "The resource matches `If-None-Match`: it has not changed"
)]
pub struct NotModified;

/// The query cannot be read.
#[derive(IntoResponses)]
#[response(
    status = 400,
    description = "The query is invalid",
    content_type = "application/problem+json"
)]
pub struct InvalidQuery(Problem);

/// The body cannot be read.
#[derive(IntoResponses)]
#[response(
    status = 400,
    description = "The body is not valid JSON",
    content_type = "application/problem+json"
)]
pub struct NotJson(Problem);

/// The caller is not authenticated.
#[derive(IntoResponses)]
#[response(
    status = 401,
    description = "The access token is missing or not accepted",
    content_type = "application/problem+json"
)]
pub struct Unauthenticated(Problem);

/// The resource is not as the client assumes.
#[derive(IntoResponses)]
#[response(
    status = 412,
    description = "The precondition in `If-Match` or `If-None-Match` does not hold",
    content_type = "application/problem+json"
)]
pub struct PreconditionFailed(Problem);

/// The body is refused before it is read.
#[derive(IntoResponses)]
pub enum BodyRefused {
    /// It is too large.
    #[response(
        status = 413,
        description = "The body is larger than 1 MiB",
        content_type = "application/problem+json"
    )]
    TooLarge(Problem),
    /// It is encoded.
    #[response(
        status = 415,
        description = "The body is encoded: `Content-Encoding` is not `identity`",
        content_type = "application/problem+json"
    )]
    Encoded(Problem),
}

/// The body has invalid fields.
#[derive(IntoResponses)]
#[response(
    status = 422,
    description = "Validation failed: `errors` lists all invalid fields",
    content_type = "application/problem+json"
)]
pub struct InvalidFields(Problem);

/// PostgreSQL, which alone has the answer, cannot be reached.
#[derive(IntoResponses)]
#[response(
    status = 503,
    description = "PostgreSQL cannot be reached",
    content_type = "application/problem+json"
)]
pub struct PostgresAway(Problem);

/// One of the stores that a change needs cannot be reached.
#[derive(IntoResponses)]
#[response(
    status = 503,
    description = "A store cannot be reached; it is safe to retry",
    content_type = "application/problem+json"
)]
pub struct StoreAway(Problem);
