//! Routes to answers, one file a direction.

mod appending;
mod reading;

use http::Method;
use service::{
    caller,
    problem::Problem,
    request::Head,
    routes::Routes,
    tenant::{self, TenantPath},
};

service::http_component!(routes);

fn routes() -> Routes {
    const EVENTS: &str = "/v1/audit-events";
    Routes::new()
        .on(Method::GET, EVENTS, reading::find_audit_events)
        .on(Method::POST, EVENTS, appending::append_audit_events)
        .on(
            Method::GET,
            "/v1/audit-events/{id}",
            reading::get_audit_event,
        )
}

/// The `sub` of a caller whose token was checked, and its way to a tenant.
async fn visitor(head: &Head) -> Result<(String, TenantPath), Problem> {
    let caller = caller::authenticated(head).await?;
    let path = TenantPath::new(&caller, &head.header(tenant::HEADER))?;
    Ok((caller.subject, path))
}
