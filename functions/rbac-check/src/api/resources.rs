//! The contract of `/v1/resources`.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use service::{
    http::{
        answers::{
            BodyRefused, InvalidFields, InvalidQuery, NotJson, NotModified, PostgresAway,
            PreconditionFailed, StoreAway, Unauthenticated,
        },
        contract::{OrganizationHeader, PreconditionHeaders},
        page::Page,
    },
    problem::Problem,
};
use utoipa::{IntoParams, ToSchema};
use vocabulary::contract::{ResourceId, ResourceType};

/// A resource that the organization stores, so that its decisions can use the properties.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct StoredResource {
    /// The type.
    #[serde(rename = "type")]
    #[schema(value_type = ResourceType)]
    pub kind: String,
    /// The id.
    #[schema(value_type = ResourceId)]
    pub id: String,
    /// The properties: conditions see them as `resource.properties`, unless a question contains others.
    #[schema(value_type = Object)]
    pub properties: Box<RawValue>,
    /// When it was last changed, RFC 3339 with six fraction digits.
    #[schema(format = "date-time", example = "2026-01-31T12:00:00.000000Z")]
    pub updated_at: String,
}

/// The new state of a resource. The path has its type and id.
#[derive(Debug, ToSchema)]
pub struct ResourceContent {
    /// The properties, at most 64 KiB, with lists of at most 1,000 entries and 64 levels of objects and arrays, without
    /// duplicate names in an object and without NUL characters; absent: none. Numbers are returned with every digit,
    /// written without an exponent; a number that a double cannot hold, or that then has more than 1,000 digits, is
    /// refused.
    #[schema(required = false, value_type = Option<Object>)]
    pub properties: Box<RawValue>,
}

/// One of several resources to store.
#[derive(Debug, ToSchema)]
pub struct NewResource {
    /// The type.
    #[schema(value_type = ResourceType)]
    pub r#type: String,
    /// The id.
    #[schema(value_type = ResourceId)]
    pub id: String,
    /// The properties, as for a single resource.
    #[schema(required = false, value_type = Option<Object>)]
    pub properties: Box<RawValue>,
}

/// Resources to store, all of them or none.
#[derive(Debug, ToSchema)]
pub struct NewResources {
    /// The resources, without duplicates.
    #[schema(min_items = 1, max_items = 1000)]
    pub resources: Vec<NewResource>,
}

/// The result for a resource.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ResourceOutcome {
    /// The resource is new.
    Created,
    /// The resource existed and was changed.
    Replaced,
    /// The resource existed and did not change.
    Unchanged,
}

/// The result for one of several resources.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct WrittenResource {
    /// The type.
    #[serde(rename = "type")]
    #[schema(value_type = ResourceType)]
    pub kind: String,
    /// The id.
    #[schema(value_type = ResourceId)]
    pub id: String,
    /// The result.
    pub outcome: ResourceOutcome,
}

/// The results for several resources.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct WrittenResources {
    /// The result for each resource, in the order in which they were sent.
    pub items: Vec<WrittenResource>,
}

/// The filter and the page of a list of resources.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ResourcesQuery {
    /// Only resources of this type.
    #[serde(rename = "type")]
    #[param(rename = "type", value_type = Option<ResourceType>, inline)]
    pub kind: Option<String>,
    /// The maximum number of items: 1 to 1,000, by default 100. If the resources are large, a page has fewer, and
    /// `next_cursor` shows that more follow.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: Option<u32>,
    /// `next_cursor` of the previous page.
    pub cursor: Option<String>,
}

/// Lists the resources that the organization stores, by type and id
#[utoipa::path(get, path = "/v1/resources", tag = "access",
    params(ResourcesQuery, OrganizationHeader),
    responses(
        (status = 200, description = "A page of resources", body = Page<StoredResource>, headers(("ETag" = String))),
        NotModified,
        InvalidQuery,
        Unauthenticated,
        (status = 403, description = "There is no organization, or it is not the caller's, or the right `read` on `resource:*` is missing", body = Problem, content_type = "application/problem+json"),
        PostgresAway,
    ))]
pub fn list_resources() {}

/// Stores up to 1,000 resources, all of them or none
///
/// Existing resources are replaced; those that would not change are left as they are. Decisions use all of them from
/// the next one on. It is safe to repeat the request.
#[utoipa::path(post, path = "/v1/resources", tag = "access",
    params(OrganizationHeader),
    request_body = NewResources,
    responses(
        (status = 200, description = "The resources are stored as they were sent", body = WrittenResources),
        NotJson,
        Unauthenticated,
        (status = 403, description = "There is no organization, or it is not the caller's, or the right `write` on `resource:<type>/<id>` is missing for one of them", body = Problem, content_type = "application/problem+json"),
        BodyRefused,
        (status = 422, description = "Validation failed, or a resource is a duplicate: `errors` lists all of them, up to 1,000", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A store cannot be reached; it is safe to retry. Or it takes too long to decide whether the caller may write all of them: nothing was written", body = Problem, content_type = "application/problem+json"),
    ))]
pub fn put_resources() {}

/// Returns a resource
#[utoipa::path(get, path = "/v1/resources/{type}/{id}", tag = "access",
    params(("type" = inline(ResourceType), Path, description = "The type"), ("id" = inline(ResourceId), Path, description = "The id; a `/` in it is sent as `%2F`"), OrganizationHeader),
    responses(
        (status = 200, description = "The resource", body = StoredResource, headers(("ETag" = String))),
        NotModified,
        Unauthenticated,
        (status = 403, description = "There is no organization, or it is not the caller's, or the right `read` on `resource:<type>/<id>` is missing", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The organization stores no such resource", body = Problem, content_type = "application/problem+json"),
        PostgresAway,
    ))]
pub fn get_resource() {}

/// Stores a resource, or replaces it
#[utoipa::path(put, path = "/v1/resources/{type}/{id}", tag = "access",
    params(("type" = inline(ResourceType), Path, description = "The type"), ("id" = inline(ResourceId), Path, description = "The id; a `/` in it is sent as `%2F`"), OrganizationHeader, PreconditionHeaders),
    request_body = ResourceContent,
    responses(
        (status = 200, description = "The resource as it is now", body = StoredResource, headers(("ETag" = String))),
        (status = 201, description = "The new resource", body = StoredResource, headers(("ETag" = String))),
        NotJson,
        Unauthenticated,
        (status = 403, description = "There is no organization, or it is not the caller's, or the right `write` on `resource:<type>/<id>` is missing", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The path cannot be used, for example because it is not UTF-8", body = Problem, content_type = "application/problem+json"),
        PreconditionFailed,
        BodyRefused,
        InvalidFields,
        StoreAway,
    ))]
pub fn put_resource() {}

/// Removes a resource
#[utoipa::path(delete, path = "/v1/resources/{type}/{id}", tag = "access",
    params(("type" = String, Path, description = "The type"), ("id" = String, Path, description = "The id; a `/` in it is sent as `%2F`"), OrganizationHeader, PreconditionHeaders),
    responses(
        (status = 204, description = "The organization stores no such resource any more"),
        Unauthenticated,
        (status = 403, description = "There is no organization, or it is not the caller's, or the right `write` on `resource:<type>/<id>` is missing", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The path cannot be used, for example because it is not UTF-8", body = Problem, content_type = "application/problem+json"),
        PreconditionFailed,
        StoreAway,
    ))]
pub fn delete_resource() {}
