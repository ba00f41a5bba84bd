//! Routes to answers, one file a direction.

mod appending;
mod reading;

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{StatusCode, header, request::Parts};
use service::{caller::Authenticated, problem::Problem, routes::Routes, serve, tenant::TenantPath};
use spin_sdk::{
    http::{IntoResponse, Request},
    http_service,
};

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    serve::serve(routes, request).await
}

fn routes() -> Routes {
    let events = get(reading::find_audit_events).post(appending::append_audit_events);
    Routes::new()
        .at("/v1/audit-events", events)
        .at("/v1/audit-events/{id}", get(reading::get_audit_event))
}

/// A caller whose token was checked, and its way to a tenant.
struct Visitor {
    /// The `sub` of its token.
    subject: String,
    path: TenantPath,
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Authenticated(caller) = Authenticated::from_request_parts(parts, state).await?;
        let path = TenantPath::new(&caller, &parts.headers)?;
        let subject = caller.subject;
        Ok(Self { subject, path })
    }
}

fn json(status: StatusCode, body: impl Into<Vec<u8>>) -> Response {
    let kind = (header::CONTENT_TYPE, "application/json");
    (status, [kind], body.into()).into_response()
}
