//! The contract: types and operations, one file a resource.

pub mod events;
pub mod webhooks;

use utoipa::OpenApi;

/// The operations, for openapi.yaml.
#[derive(OpenApi)]
#[openapi(paths(
    webhooks::receive_keycloak_event,
    webhooks::receive_keycloak_event_of_provider,
    events::list_webhook_events
))]
pub struct Api;
