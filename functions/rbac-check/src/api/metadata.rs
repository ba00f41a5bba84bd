//! The contract of `/.well-known/authzen-configuration`.

use serde::Serialize;
use service::problem::Problem;
use utoipa::ToSchema;

/// Where decisions are asked for: absolute addresses, made of the Shell's own (the variable `public_url`).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessMetadata)]
pub struct Metadata {
    /// The Shell's own address.
    #[schema(example = "https://shell.example")]
    pub policy_decision_point: String,
    /// For one evaluation.
    #[schema(example = "https://shell.example/access/v1/evaluation")]
    pub access_evaluation_endpoint: String,
    /// For several.
    #[schema(example = "https://shell.example/access/v1/evaluations")]
    pub access_evaluations_endpoint: String,
    /// For who may do something.
    #[schema(example = "https://shell.example/access/v1/search/subject")]
    pub search_subject_endpoint: String,
    /// For what something may be done to.
    #[schema(example = "https://shell.example/access/v1/search/resource")]
    pub search_resource_endpoint: String,
    /// For what may be done.
    #[schema(example = "https://shell.example/access/v1/search/action")]
    pub search_action_endpoint: String,
}

/// Where decisions are asked for: AuthZEN's metadata of a policy decision point
///
/// It takes no token, and asks no store.
#[utoipa::path(get, path = "/.well-known/authzen-configuration", tag = "access",
    security(()),
    responses(
        (status = 200, description = "The metadata", body = Metadata),
    ))]
pub fn get_metadata() {}

/// The same where the Shell's own address has a path
#[utoipa::path(get, path = "/.well-known/authzen-configuration/{path}", tag = "access",
    security(()),
    params(("path" = String, Path, description = "The path of the Shell's own address")),
    responses(
        (status = 200, description = "The metadata", body = Metadata),
        (status = 404, description = "The Shell's own address has another path, or none", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn get_metadata_at() {}
