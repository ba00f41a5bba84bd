//! The secrets of the identity providers' webhooks.

use std::sync::OnceLock;

use service::{
    identity::issuer::sender::Sender,
    problem::Problem,
    variables::{self, KeptBySlot},
};

static SECRETS: KeptBySlot = [const { OnceLock::new() }; 4];

/// The names of their variables, in the order of the providers' slots.
const NAMES: [&str; 4] = [
    "keycloak_webhook_secret",
    "keycloak2_webhook_secret",
    "keycloak3_webhook_secret",
    "keycloak4_webhook_secret",
];

/// The secret of a provider's webhook; empty if it has none.
pub async fn of(sender: &Sender) -> Result<&'static str, Problem> {
    variables::get_of_slot(&SECRETS, NAMES, sender.slot).await
}
