//! Routes to answers, one file a resource.

mod evaluations;
mod resources;

use http::Method;
use service::http::routes::Routes;

service::http_component!(routes);

fn routes() -> Routes {
    const RESOURCE: &str = "/v1/resources/{type}/{id}";
    Routes::new()
        .on(Method::POST, "/access/v1/evaluation", evaluations::evaluate)
        .on(
            Method::POST,
            "/access/v1/evaluations",
            evaluations::evaluate_several,
        )
        .on(Method::GET, "/v1/resources", resources::list_resources)
        .on(Method::POST, "/v1/resources", resources::put_resources)
        .on(Method::GET, RESOURCE, resources::get_resource)
        .on(Method::PUT, RESOURCE, resources::put_resource)
        .on(Method::DELETE, RESOURCE, resources::delete_resource)
}
