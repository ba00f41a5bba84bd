//! The contract of `/access/v1/search`: the searches of the OpenID AuthZEN Authorization API 1.0.

use serde::Serialize;
use service::{
    http::{
        answers::{BodyRefused, PostgresAway, Unauthenticated},
        contract::OrganizationHeader,
    },
    problem::Problem,
};
use utoipa::ToSchema;

use super::evaluations::{Action, Resource, Subject};

/// The subjects that are searched for.
#[derive(Debug, ToSchema)]
#[schema(as = AccessSubjectSought)]
pub struct SubjectSought {
    /// The type of the subjects. Only subjects of type `user` are known: the organization's members.
    #[schema(
        example = "user",
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub r#type: String,
    /// Properties that apply to each candidate.
    #[schema(required = false, value_type = Object)]
    pub properties: (),
}

/// The resources that are searched for.
#[derive(Debug, ToSchema)]
#[schema(as = AccessResourceSought)]
pub struct ResourceSought {
    /// The type of the resources.
    #[schema(
        example = "document",
        min_length = 1,
        max_length = 255,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$"
    )]
    pub r#type: String,
    /// Properties that apply to each candidate.
    #[schema(required = false, value_type = Object)]
    pub properties: (),
}

/// The requested page of the results.
#[derive(Debug, ToSchema)]
#[schema(as = AccessSearchPaging)]
pub struct SearchPaging {
    /// The `next_token` of the previous page. The rest of the request is repeated unchanged; only `limit` may be left
    /// out.
    #[schema(required = false)]
    pub token: String,
    /// The maximum number of results. More than 1,000 counts as 1,000; 0 gives no results, and a `next_token` that
    /// leads to the first page. Absent: 1,000.
    #[schema(required = false, minimum = 0, default = 1000)]
    pub limit: u64,
    /// No properties are supported.
    #[schema(required = false, value_type = Object)]
    pub properties: (),
}

/// Which users may do this to that resource?
#[derive(Debug, ToSchema)]
pub struct SubjectSearch {
    /// The subjects to search for; an `id` is ignored.
    pub subject: SubjectSought,
    /// The action.
    pub action: Action,
    /// The resource.
    pub resource: Resource,
    /// The circumstances of the request.
    #[schema(required = false, value_type = Object)]
    pub context: (),
    /// The requested page.
    #[schema(required = false)]
    pub page: SearchPaging,
}

/// Which resources may this subject do this to?
#[derive(Debug, ToSchema)]
pub struct ResourceSearch {
    /// The subject.
    pub subject: Subject,
    /// The action.
    pub action: Action,
    /// The resources to search for; an `id` is ignored.
    pub resource: ResourceSought,
    /// The circumstances of the request.
    #[schema(required = false, value_type = Object)]
    pub context: (),
    /// The requested page.
    #[schema(required = false)]
    pub page: SearchPaging,
}

/// Which actions may this subject do to that resource? An `action` is ignored.
#[derive(Debug, ToSchema)]
pub struct ActionSearch {
    /// The subject.
    pub subject: Subject,
    /// The resource.
    pub resource: Resource,
    /// The circumstances of the request.
    #[schema(required = false, value_type = Object)]
    pub context: (),
    /// The requested page.
    #[schema(required = false)]
    pub page: SearchPaging,
}

/// Information about a page.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessSearchPage)]
pub struct SearchPage {
    /// What to send as `page.token` for the next page; empty at the end, and only there.
    pub next_token: String,
    /// The number of results on this page. It may be small, or zero, although more results follow.
    #[schema(minimum = 0)]
    pub count: u64,
}

/// A subject or a resource that was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessEntityFound)]
pub struct EntityFound {
    /// The type that was requested.
    #[schema(example = "document")]
    pub r#type: String,
    /// The id.
    #[schema(example = "7")]
    pub id: String,
}

/// An action that was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessActionFound)]
pub struct ActionFound {
    /// The name.
    #[schema(example = "read")]
    pub name: String,
}

/// Subjects or resources that were found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessEntitiesFound)]
pub struct EntitiesFound {
    /// The page.
    pub page: SearchPage,
    /// The results.
    #[schema(max_items = 1000)]
    pub results: Vec<EntityFound>,
}

/// Actions that were found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessActionsFound)]
pub struct ActionsFound {
    /// The page.
    pub page: SearchPage,
    /// The results.
    #[schema(max_items = 1000)]
    pub results: Vec<ActionFound>,
}

/// Which users may do this to that resource?
///
/// The results are those members of the organization whom an evaluation would allow this. A page examines up to 2,000
/// of them, for at most one second: it may be short, or empty, and still have a `next_token`.
#[utoipa::path(post, path = "/access/v1/search/subject", tag = "access",
    params(OrganizationHeader),
    request_body = SubjectSearch,
    responses(
        (status = 200, description = "A page of results", body = EntitiesFound),
        (status = 400, description = "As for an evaluation; or `page` is invalid, for example because its token belongs to another search", body = Problem, content_type = "application/problem+json"),
        Unauthenticated,
        (status = 403, description = "There is no organization, or it is not the caller's, or the right `evaluate` on `decision:*` is missing", body = Problem, content_type = "application/problem+json"),
        BodyRefused,
        PostgresAway,
    ))]
pub fn search_subjects() {}

/// Which resources of a type may this subject do this to?
///
/// The candidates are the resources that the organization stores, and those that a line of its roles or of a global
/// role names: `*` names none. The results are those for which an evaluation would allow this. The pages are as in a
/// search for subjects.
#[utoipa::path(post, path = "/access/v1/search/resource", tag = "access",
    params(OrganizationHeader),
    request_body = ResourceSearch,
    responses(
        (status = 200, description = "A page of results", body = EntitiesFound),
        (status = 400, description = "As for an evaluation; or `page` is invalid, for example because its token belongs to another search", body = Problem, content_type = "application/problem+json"),
        Unauthenticated,
        (status = 403, description = "There is no organization, or it is not the caller's, or the request is about another user and the right `evaluate` on `decision:*` is missing", body = Problem, content_type = "application/problem+json"),
        BodyRefused,
        PostgresAway,
    ))]
pub fn search_resources() {}

/// Which actions may this subject do to that resource?
///
/// The candidates are the actions that a line of the organization's roles or of a global role names: `*` names none.
/// The results are those that an evaluation, without properties of the action, would allow. The pages are as in a
/// search for subjects.
#[utoipa::path(post, path = "/access/v1/search/action", tag = "access",
    params(OrganizationHeader),
    request_body = ActionSearch,
    responses(
        (status = 200, description = "A page of results", body = ActionsFound),
        (status = 400, description = "As for an evaluation; or `page` is invalid, for example because its token belongs to another search", body = Problem, content_type = "application/problem+json"),
        Unauthenticated,
        (status = 403, description = "There is no organization, or it is not the caller's, or the request is about another user and the right `evaluate` on `decision:*` is missing", body = Problem, content_type = "application/problem+json"),
        BodyRefused,
        PostgresAway,
    ))]
pub fn search_actions() {}
