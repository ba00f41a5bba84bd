//! From routes to answers, one file for each resource.

mod events;
mod secret;
mod users;
mod webhooks;

use http::Method;
use service::http::routes::Routes;

service::http_component!(routes);

fn routes() -> Routes {
    Routes::new()
        .on(Method::GET, "/v1/users", users::list_users)
        .on(Method::GET, "/v1/users/{user}", users::get_user)
        .on(Method::DELETE, "/v1/users/{user}", users::delete_user)
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
