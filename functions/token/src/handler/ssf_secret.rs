//! The secrets that transmitters of security events send in the header `Authorization`.

use std::sync::OnceLock;

use service::{identity::issuer::transmitter::Transmitter, problem::Problem, variables};

static SECRETS: [OnceLock<String>; 4] = [const { OnceLock::new() }; 4];

/// The names of their variables, by the number that the transmitter's variables bear.
const NAMES: [&str; 4] = ["ssf_secret", "ssf2_secret", "ssf3_secret", "ssf4_secret"];

/// The secret of a transmitter; empty where it has none.
pub async fn of(transmitter: &Transmitter) -> Result<&'static str, Problem> {
    let place = transmitter.slot.and_then(|slot| slot.checked_sub(1));
    let place = place.map(usize::from);
    let known = place.and_then(|place| Some((SECRETS.get(place)?, NAMES.get(place)?)));
    match known {
        Some((kept, name)) => variables::get_once(kept, name).await,
        None => Ok(""),
    }
}
