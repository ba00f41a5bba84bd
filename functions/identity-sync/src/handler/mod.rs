//! Routes to answers, one file a resource.

mod secret;
mod webhooks;

use http::Method;
use service::http::routes::Routes;

service::http_component!(routes);

fn routes() -> Routes {
    Routes::new()
        .on(Method::POST, "/v1/webhooks/keycloak", webhooks::receive)
        .on(
            Method::POST,
            "/v1/webhooks/keycloak/{provider}",
            webhooks::receive_of_provider,
        )
}
