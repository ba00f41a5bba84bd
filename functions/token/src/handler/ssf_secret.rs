//! The secrets that transmitters of security events send in the header `Authorization`.

use std::sync::OnceLock;

use service::{
    identity::issuer::transmitter::Transmitter,
    problem::Problem,
    variables::{self, KeptBySlot},
};

static SECRETS: KeptBySlot = [const { OnceLock::new() }; 4];

/// The names of their variables, in the order of the transmitters' slots.
const NAMES: [&str; 4] = ["ssf_secret", "ssf2_secret", "ssf3_secret", "ssf4_secret"];

/// The secret of a transmitter; empty if it has none.
pub async fn of(transmitter: &Transmitter) -> Result<&'static str, Problem> {
    variables::get_of_slot(&SECRETS, NAMES, transmitter.slot).await
}
