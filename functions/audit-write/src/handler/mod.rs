//! From routes to answers, with one file for appending and one for reading.

mod appending;
mod reading;

use http::Method;
use service::http::routes::Routes;

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
