//! The contract: types and operations, one file for each resource.

pub mod events;
pub mod users;
pub mod webhooks;

use utoipa::OpenApi;

/// The operations, for openapi.yaml.
#[derive(OpenApi)]
#[openapi(paths(
    users::list_users,
    users::get_user,
    users::delete_user,
    webhooks::receive_keycloak_event,
    webhooks::receive_keycloak_event_of_provider,
    events::list_webhook_events
))]
pub struct Api;
