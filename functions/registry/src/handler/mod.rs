//! Routes to answers, one file a resource.

mod apps;
mod discovery;
mod organizations;

use http::Method;
use service::{
    caller,
    problem::Problem,
    request::Head,
    routes::Routes,
    tenant::{self, TenantPath},
};

use crate::store::Author;

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

/// The way that a caller whose token was checked takes to a tenant.
async fn tenant(head: &Head) -> Result<TenantPath, Problem> {
    let caller = caller::authenticated(head).await?;
    TenantPath::new(&caller, &head.header(tenant::HEADER))
}

/// The same of one who changes something, for the record.
async fn author(head: &Head) -> Result<Author, Problem> {
    let caller = caller::authenticated(head).await?;
    Ok(Author {
        path: TenantPath::new(&caller, &head.header(tenant::HEADER))?,
        subject: caller.subject,
        request_id: head.request_id().to_owned(),
    })
}
