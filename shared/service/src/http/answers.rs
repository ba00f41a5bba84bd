//! The answers that several functions give, as the contract describes them.

use utoipa::IntoResponses;

use crate::problem::Problem;

/// There is nothing newer than what the client has.
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
#[allow(dead_code, reason = "read by the generator alone")]
pub struct InvalidQuery(Problem);

/// The body cannot be read.
#[derive(IntoResponses)]
#[response(
    status = 400,
    description = "The body is not valid JSON",
    content_type = "application/problem+json"
)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct NotJson(Problem);

/// Nobody knows who asks.
#[derive(IntoResponses)]
#[response(
    status = 401,
    description = "The access token is missing or not accepted",
    content_type = "application/problem+json"
)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct Unauthenticated(Problem);

/// The resource is not as the client assumes.
#[derive(IntoResponses)]
#[response(
    status = 412,
    description = "The precondition in `If-Match` or `If-None-Match` does not hold",
    content_type = "application/problem+json"
)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct PreconditionFailed(Problem);

/// The body is not even read.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "read by the generator alone")]
pub enum BodyRefused {
    /// For its size.
    #[response(
        status = 413,
        description = "The body is larger than 1 MiB",
        content_type = "application/problem+json"
    )]
    TooLarge(Problem),
    /// For its encoding.
    #[response(
        status = 415,
        description = "The body is encoded: `Content-Encoding` is not `identity`",
        content_type = "application/problem+json"
    )]
    Encoded(Problem),
}

/// The body does not say what it has to.
#[derive(IntoResponses)]
#[response(
    status = 422,
    description = "Validation failed: `errors` lists all invalid fields",
    content_type = "application/problem+json"
)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct InvalidFields(Problem);

/// What only PostgreSQL knows cannot be had.
#[derive(IntoResponses)]
#[response(
    status = 503,
    description = "PostgreSQL cannot be reached",
    content_type = "application/problem+json"
)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct PostgresAway(Problem);

/// One of the stores that a change needs cannot be had.
#[derive(IntoResponses)]
#[response(
    status = 503,
    description = "A store cannot be reached; it is safe to retry",
    content_type = "application/problem+json"
)]
#[allow(dead_code, reason = "read by the generator alone")]
pub struct StoreAway(Problem);
