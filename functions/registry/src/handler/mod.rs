//! Routes to answers, one file a resource.

mod apps;
mod discovery;
mod organizations;

use axum::{
    Extension,
    extract::FromRequestParts,
    routing::{get, post, put},
};
use http::request::Parts;
use service::{
    caller::Authenticated,
    problem::Problem,
    routes::Routes,
    serve::{self, Context},
    tenant::TenantPath,
};
use spin_sdk::{
    http::{IntoResponse, Request},
    http_service,
};

use crate::store::Author;

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    serve::serve(routes, request).await
}

fn routes() -> Routes {
    let app = get(discovery::get_app)
        .put(apps::put_app)
        .delete(apps::delete_app);
    let enablement = put(apps::enable_app).delete(apps::disable_app);
    let organization = get(organizations::get_organization).put(organizations::put_organization);
    Routes::new()
        .at("/v1/apps", get(discovery::list_apps))
        .at("/v1/apps/{slug}", app)
        .at("/v1/apps/{slug}/heartbeat", post(apps::heartbeat))
        .at("/v1/apps/{slug}/organizations/{organization}", enablement)
        .at("/v1/organizations", get(organizations::list_organizations))
        .at("/v1/organizations/{organization}", organization)
}

/// The way that a caller whose token was checked takes to a tenant.
struct Tenant(TenantPath);

impl<S: Send + Sync> FromRequestParts<S> for Tenant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Authenticated(caller) = Authenticated::from_request_parts(parts, state).await?;
        TenantPath::new(&caller, &parts.headers).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Author {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Authenticated(caller) = Authenticated::from_request_parts(parts, state).await?;
        let path = TenantPath::new(&caller, &parts.headers)?;
        let context = Extension::<Context>::from_request_parts(parts, state)
            .await
            .map_err(|fault| Problem::internal(fault.to_string()))?;
        Ok(Self {
            path,
            subject: caller.subject,
            request_id: context.request_id().to_owned(),
        })
    }
}

/// A body that is answered.
fn json(body: &impl serde::Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(body).map_err(|fault| Problem::internal(fault.to_string()))
}
