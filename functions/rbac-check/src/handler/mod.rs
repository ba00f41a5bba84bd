//! From routes to answers, one file for each resource.

mod evaluations;
mod explaining;
mod members;
mod metadata;
mod resources;
mod roles;
mod searching;
mod stopwatch;
mod stored;

use http::Method;
use service::http::routes::Routes;

service::http_component!(routes);

fn routes() -> Routes {
    const ROLE: &str = "/v1/roles/{role}";
    const MEMBERS: &str = "/v1/roles/{role}/members";
    const MEMBER: &str = "/v1/roles/{role}/members/{user}";
    const RESOURCE: &str = "/v1/resources/{type}/{id}";
    const METADATA: &str = "/.well-known/authzen-configuration";
    const METADATA_AT: &str = "/.well-known/authzen-configuration/{*path}";
    Routes::new()
        .on(Method::POST, "/access/v1/evaluation", evaluations::evaluate)
        .on(
            Method::POST,
            "/access/v1/evaluations",
            evaluations::evaluate_several,
        )
        .on(Method::POST, "/v1/access/explain", explaining::explain)
        .on(
            Method::POST,
            "/access/v1/search/subject",
            searching::search_subjects,
        )
        .on(
            Method::POST,
            "/access/v1/search/resource",
            searching::search_resources,
        )
        .on(
            Method::POST,
            "/access/v1/search/action",
            searching::search_actions,
        )
        .on(Method::GET, METADATA, metadata::get_metadata)
        .on(Method::GET, METADATA_AT, metadata::get_metadata_at)
        .on(Method::GET, "/v1/roles", roles::list_roles)
        .on(Method::GET, ROLE, roles::get_role)
        .on(Method::PUT, ROLE, roles::put_role)
        .on(Method::DELETE, ROLE, roles::delete_role)
        .on(Method::GET, MEMBERS, members::list_role_members)
        .on(Method::PUT, MEMBER, members::put_role_member)
        .on(Method::DELETE, MEMBER, members::delete_role_member)
        .on(
            Method::GET,
            "/v1/users/{user}/roles",
            members::list_user_roles,
        )
        .on(Method::GET, "/v1/resources", resources::list_resources)
        .on(Method::POST, "/v1/resources", resources::put_resources)
        .on(Method::GET, RESOURCE, resources::get_resource)
        .on(Method::PUT, RESOURCE, resources::put_resource)
        .on(Method::DELETE, RESOURCE, resources::delete_resource)
}
