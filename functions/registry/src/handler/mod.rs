//! From routes to answers, one file for each resource.

mod apps;
mod discovery;
mod organizations;

use http::Method;
use service::http::routes::Routes;

service::http_component!(routes);

fn routes() -> Routes {
    const ENABLEMENT: &str = "/v1/apps/{slug}/organizations/{organization}";
    const ORGANIZATION: &str = "/v1/organizations/{organization}";
    Routes::new()
        .on(Method::GET, "/v1/apps", discovery::list_apps)
        .on(Method::GET, "/v1/apps/{slug}", discovery::get_app)
        .on(Method::PUT, "/v1/apps/{slug}", apps::put_app)
        .on(Method::DELETE, "/v1/apps/{slug}", apps::delete_app)
        .on(Method::POST, "/v1/apps/{slug}/heartbeat", apps::heartbeat)
        .on(Method::PUT, ENABLEMENT, apps::enable_app)
        .on(Method::DELETE, ENABLEMENT, apps::disable_app)
        .on(
            Method::GET,
            "/v1/organizations",
            organizations::list_organizations,
        )
        .on(Method::GET, ORGANIZATION, organizations::get_organization)
        .on(Method::PUT, ORGANIZATION, organizations::put_organization)
}
