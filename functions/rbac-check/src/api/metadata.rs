//! The contract of `/.well-known/authzen-configuration`.

use serde::Serialize;
use service::problem::Problem;
use utoipa::ToSchema;

/// Where to ask for decisions: absolute addresses, built from the Shell's own (the variable `public_url`).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessMetadata)]
pub struct Metadata {
    /// The Shell's own address.
    #[schema(example = "https://shell.example")]
    pub policy_decision_point: String,
    /// The address for one evaluation.
    #[schema(example = "https://shell.example/access/v1/evaluation")]
    pub access_evaluation_endpoint: String,
    /// The address for several evaluations.
    #[schema(example = "https://shell.example/access/v1/evaluations")]
    pub access_evaluations_endpoint: String,
    /// The address for searching subjects.
    #[schema(example = "https://shell.example/access/v1/search/subject")]
    pub search_subject_endpoint: String,
    /// The address for searching resources.
    #[schema(example = "https://shell.example/access/v1/search/resource")]
    pub search_resource_endpoint: String,
    /// The address for searching actions.
    #[schema(example = "https://shell.example/access/v1/search/action")]
    pub search_action_endpoint: String,
}

/// Returns where to ask for decisions: AuthZEN's metadata of a policy decision point
///
/// The request needs no token, and reads no store.
#[utoipa::path(get, path = "/.well-known/authzen-configuration", tag = "access",
    security(()),
    responses(
        (status = 200, description = "The metadata", body = Metadata),
    ))]
pub fn get_metadata() {}

/// Returns the same if the Shell's own address has a path
#[utoipa::path(get, path = "/.well-known/authzen-configuration/{path}", tag = "access",
    security(()),
    params(("path" = String, Path, description = "The path of the Shell's own address")),
    responses(
        (status = 200, description = "The metadata", body = Metadata),
        (status = 404, description = "The Shell's own address has another path, or no path", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn get_metadata_at() {}
