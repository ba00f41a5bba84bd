//! Routes to answers, one file a resource.

mod events;
mod secret;
mod webhooks;

use http::Method;
use service::http::routes::Routes;

service::http_component!(routes);

fn routes() -> Routes {
    Routes::new()
        .on(
            Method::GET,
            "/v1/webhooks/events",
            events::list_webhook_events,
        )
        .on(Method::POST, "/v1/webhooks/keycloak", webhooks::receive)
        .on(
            Method::POST,
            "/v1/webhooks/keycloak/{provider}",
            webhooks::receive_of_provider,
        )
}
