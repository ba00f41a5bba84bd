//! The contract of `/v1/resources`.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use service::{
    http::{
        contract::{OrganizationHeader, PreconditionHeaders},
        page::Page,
    },
    problem::Problem,
};
use utoipa::{IntoParams, ToSchema};
use vocabulary::contract::{ResourceId, ResourceType};

/// A resource that the organization stores, for its decisions to know what is said of it.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct StoredResource {
    /// Its type.
    #[serde(rename = "type")]
    #[schema(value_type = ResourceType)]
    pub kind: String,
    /// Which of its type.
    #[schema(value_type = ResourceId)]
    pub id: String,
    /// What is said of it: what conditions see as `resource.properties`, where a question does not say otherwise.
    #[schema(value_type = Object)]
    pub properties: Box<RawValue>,
    /// When it was last changed, RFC 3339 with six fraction digits.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    pub updated_at: String,
}

/// What a resource is to be. The path names it.
#[derive(Debug, ToSchema)]
pub struct ResourceContent {
    /// What is said of it, at most 64 KiB, with lists of at most 1,000 entries and 64 levels of objects and arrays,
    /// each name once in an object, and without NUL characters; absent: nothing. Numbers come back with every
    /// digit, written without an exponent; one that a double cannot hold, or that has more than 1,000 digits then,
    /// is refused.
    #[schema(required = false, value_type = Option<Object>)]
    pub properties: Box<RawValue>,
}

/// A resource to be stored among several.
#[derive(Debug, ToSchema)]
pub struct NewResource {
    /// Its type.
    #[schema(value_type = ResourceType)]
    pub r#type: String,
    /// Which of its type.
    #[schema(value_type = ResourceId)]
    pub id: String,
    /// What is said of it, as where one is stored alone.
    #[schema(required = false, value_type = Option<Object>)]
    pub properties: Box<RawValue>,
}

/// Resources to be stored, all of them or none.
#[derive(Debug, ToSchema)]
pub struct NewResources {
    /// The resources, each named once.
    #[schema(min_items = 1, max_items = 1000)]
    pub resources: Vec<NewResource>,
}

/// What became of a resource.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ResourceOutcome {
    /// There was none of this type and id before.
    Created,
    /// Something else was said of it before.
    Replaced,
    /// It stood just so.
    Unchanged,
}

/// What became of one of several resources.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct WrittenResource {
    /// Its type.
    #[serde(rename = "type")]
    #[schema(value_type = ResourceType)]
    pub kind: String,
    /// Which of its type.
    #[schema(value_type = ResourceId)]
    pub id: String,
    /// What became of it.
    pub outcome: ResourceOutcome,
}

/// What became of several resources.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct WrittenResources {
    /// Each, in the order in which they were sent.
    pub items: Vec<WrittenResource>,
}

/// Which resources to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ResourcesQuery {
    /// Only resources of this type.
    #[serde(rename = "type")]
    #[param(rename = "type", value_type = Option<ResourceType>, inline)]
    pub kind: Option<String>,
    /// How many at most: 1 to 1,000, by default 100. Where they are large, a page has fewer, and `next_cursor` says
    /// that more follow.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// The resources that the organization stores, by type and id
#[utoipa::path(get, path = "/v1/resources", tag = "access",
    params(ResourcesQuery, OrganizationHeader),
    responses(
        (status = 200, description = "A page of resources", body = Page<StoredResource>, headers(("ETag" = String))),
        (status = 304, description = "`If-None-Match` names what the caller has"),
        (status = 400, description = "The query cannot be used", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "No organization, not the caller's, or without the right: `read` on `resource:*`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn list_resources() {}

/// Stores up to 1,000 resources, all of them or none
///
/// What stands already is replaced; what stands just so is left as it is. Decisions know of all of them from the
/// next one on. Repeating is safe.
#[utoipa::path(post, path = "/v1/resources", tag = "access",
    params(OrganizationHeader),
    request_body = NewResources,
    responses(
        (status = 200, description = "They stand as they were sent", body = WrittenResources),
        (status = 400, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "No organization, not the caller's, or without the right: `write` on `resource:<type>/<id>` of each", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields do not fit, or two resources are one: all of them in `errors`, up to 1,000", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach; repeating is safe. Or it takes too long to decide whether the caller may write them all: nothing was done", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn put_resources() {}

/// One resource
#[utoipa::path(get, path = "/v1/resources/{type}/{id}", tag = "access",
    params(("type" = inline(ResourceType), Path, description = "Its type"), ("id" = inline(ResourceId), Path, description = "Which of its type; `/` in it is sent as `%2F`"), OrganizationHeader),
    responses(
        (status = 200, description = "The resource", body = StoredResource, headers(("ETag" = String))),
        (status = 304, description = "`If-None-Match` names what the caller has"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "No organization, not the caller's, or without the right: `read` on `resource:<type>/<id>`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The organization stores no such resource", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "PostgreSQL is out of reach", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn get_resource() {}

/// Stores a resource, or replaces all that is said of it
#[utoipa::path(put, path = "/v1/resources/{type}/{id}", tag = "access",
    params(("type" = inline(ResourceType), Path, description = "Its type"), ("id" = inline(ResourceId), Path, description = "Which of its type; `/` in it is sent as `%2F`"), OrganizationHeader, PreconditionHeaders),
    request_body = ResourceContent,
    responses(
        (status = 200, description = "The resource as it stands now", body = StoredResource, headers(("ETag" = String))),
        (status = 201, description = "The new resource", body = StoredResource, headers(("ETag" = String))),
        (status = 400, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "No organization, not the caller's, or without the right: `write` on `resource:<type>/<id>`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The path names nothing: it holds no UTF-8, say", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "What stands is not what `If-Match` and `If-None-Match` ask for", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is encoded: `Content-Encoding` is not `identity`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Fields do not fit: all of them in `errors`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach; repeating is safe", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn put_resource() {}

/// Removes a resource: nothing is known of it any more
#[utoipa::path(delete, path = "/v1/resources/{type}/{id}", tag = "access",
    params(("type" = String, Path, description = "Its type"), ("id" = String, Path, description = "Which of its type; `/` in it is sent as `%2F`"), OrganizationHeader, PreconditionHeaders),
    responses(
        (status = 204, description = "The organization stores no such resource any more"),
        (status = 401, description = "No token that is accepted", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "No organization, not the caller's, or without the right: `write` on `resource:<type>/<id>`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The path names nothing: it holds no UTF-8, say", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "What stands is not what `If-Match` and `If-None-Match` ask for", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store is out of reach; repeating is safe", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn delete_resource() {}
