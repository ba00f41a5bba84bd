//! The contract of `/access/v1/search`: the searches of the OpenID AuthZEN Authorization API 1.0.

use serde::Serialize;
use service::{http::contract::OrganizationHeader, problem::Problem};
use utoipa::ToSchema;

use super::evaluations::{Action, Resource, Subject};

/// The subjects that are searched for.
#[derive(Debug, ToSchema)]
#[schema(as = AccessSubjectSought)]
pub struct SubjectSought {
    /// Their type. Only of type `user` is anybody known: the organization's members.
    #[schema(
        example = "user",
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub r#type: String,
    /// What the caller says of each.
    #[schema(required = false, value_type = Object)]
    pub properties: (),
}

/// The resources that are searched for.
#[derive(Debug, ToSchema)]
#[schema(as = AccessResourceSought)]
pub struct ResourceSought {
    /// Their type.
    #[schema(
        example = "document",
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub r#type: String,
    /// What the caller says of each.
    #[schema(required = false, value_type = Object)]
    pub properties: (),
}

/// Which page of what is found.
#[derive(Debug, ToSchema)]
#[schema(as = AccessSearchPaging)]
pub struct SearchPaging {
    /// The `next_token` of the page before. All else is sent again as it was; `limit` alone may be left out.
    #[schema(required = false)]
    pub token: String,
    /// How many results at most. More than 1,000 are as many; 0 are none, with a `next_token` that leads to the
    /// beginning. Absent: 1,000.
    #[schema(required = false, minimum = 0, default = 1000)]
    pub limit: u64,
    /// Nothing is known by them.
    #[schema(required = false, value_type = Object)]
    pub properties: (),
}

/// Who may do this to that resource?
#[derive(Debug, ToSchema)]
pub struct SubjectSearch {
    /// Who is searched for; what is sent as `id` is ignored.
    pub subject: SubjectSought,
    /// What.
    pub action: Action,
    /// To what.
    pub resource: Resource,
    /// In which circumstances.
    #[schema(required = false, value_type = Object)]
    pub context: (),
    /// Which page.
    #[schema(required = false)]
    pub page: SearchPaging,
}

/// What may this subject do it to?
#[derive(Debug, ToSchema)]
pub struct ResourceSearch {
    /// Who.
    pub subject: Subject,
    /// What.
    pub action: Action,
    /// What is searched for; what is sent as `id` is ignored.
    pub resource: ResourceSought,
    /// In which circumstances.
    #[schema(required = false, value_type = Object)]
    pub context: (),
    /// Which page.
    #[schema(required = false)]
    pub page: SearchPaging,
}

/// What may this subject do to that resource? What is sent as `action` is ignored.
#[derive(Debug, ToSchema)]
pub struct ActionSearch {
    /// Who.
    pub subject: Subject,
    /// To what.
    pub resource: Resource,
    /// In which circumstances.
    #[schema(required = false, value_type = Object)]
    pub context: (),
    /// Which page.
    #[schema(required = false)]
    pub page: SearchPaging,
}

/// What is said of a page.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessSearchPage)]
pub struct SearchPage {
    /// What to send as `page.token` for the next page; empty at the end, and only there.
    pub next_token: String,
    /// How many results this page has. It may be short, or have none, and go on all the same.
    #[schema(minimum = 0)]
    pub count: u64,
}

/// A subject or a resource that was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessEntityFound)]
pub struct EntityFound {
    /// Its type, as it was asked for.
    #[schema(example = "document")]
    pub r#type: String,
    /// Which of its type.
    #[schema(example = "7")]
    pub id: String,
}

/// An action that was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessActionFound)]
pub struct ActionFound {
    /// Its name.
    #[schema(example = "read")]
    pub name: String,
}

/// Subjects or resources that were found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessEntitiesFound)]
pub struct EntitiesFound {
    /// The page.
    pub page: SearchPage,
    /// Those found.
    #[schema(max_items = 1000)]
    pub results: Vec<EntityFound>,
}

/// Actions that were found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessActionsFound)]
pub struct ActionsFound {
    /// The page.
    pub page: SearchPage,
    /// Those found.
    #[schema(max_items = 1000)]
    pub results: Vec<ActionFound>,
}

/// Which users may do this to that resource?
///
/// Those members of the organization are found of whom an evaluation would decide so. A page examines up to 2,000
/// of them, for a second at most: it may be short, or empty, and end with a `next_token`.
#[utoipa::path(post, path = "/access/v1/search/subject", tag = "access",
    params(OrganizationHeader),
    request_body = SubjectSearch,
    responses(
        (status = 200, description = "A page of those found", body = EntitiesFound),
        (status = 400, description = "As for an evaluation; or the page does not fit, its token that of another search say", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "No organization, not the caller's, or without the right: `evaluate` on `decision:*`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn search_subjects() {}

/// Which resources of a type may this subject do this to?
///
/// Those are known that the organization stores, and those that a line of its roles or of a global one names: `*`
/// names none. Of them those are found of which an evaluation would decide so. Pages are as when subjects are
/// searched for.
#[utoipa::path(post, path = "/access/v1/search/resource", tag = "access",
    params(OrganizationHeader),
    request_body = ResourceSearch,
    responses(
        (status = 200, description = "A page of those found", body = EntitiesFound),
        (status = 400, description = "As for an evaluation; or the page does not fit, its token that of another search say", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "No organization, not the caller's, or somebody else than the caller is asked about without the right: `evaluate` on `decision:*`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn search_resources() {}

/// Which actions may this subject do to that resource?
///
/// Those are known that a line of the organization's roles or of a global one names: `*` names none. Of them those
/// are found of which an evaluation, without properties of the action, would decide so. Pages are as when subjects
/// are searched for.
#[utoipa::path(post, path = "/access/v1/search/action", tag = "access",
    params(OrganizationHeader),
    request_body = ActionSearch,
    responses(
        (status = 200, description = "A page of those found", body = ActionsFound),
        (status = 400, description = "As for an evaluation; or the page does not fit, its token that of another search say", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "No organization, not the caller's, or somebody else than the caller is asked about without the right: `evaluate` on `decision:*`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn search_actions() {}
