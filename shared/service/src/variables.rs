//! The application's variables, as the manifest maps them to this component.

use std::sync::OnceLock;

use spin_sdk::variables;

use crate::problem::Problem;

/// A variable's value.
pub async fn get(name: &str) -> Result<String, Problem> {
    variables::get(name)
        .await
        .map_err(|fault| Problem::internal(format!("variable {name}: {fault}")))
}

/// A variable's value, which is requested once in an instance's life. Several requests may ask the host at the same
/// time; none waits for another.
pub async fn get_once(
    kept: &'static OnceLock<String>,
    name: &str,
) -> Result<&'static str, Problem> {
    if let Some(value) = kept.get() {
        return Ok(value);
    }
    let value = get(name).await?;
    Ok(kept.get_or_init(|| value))
}

/// The values of four variables, one for each slot number.
pub type KeptBySlot = [OnceLock<String>; 4];

/// The value of the variable with a slot's number, by the names of the four variables; empty without a slot.
pub async fn get_of_slot(
    kept: &'static KeptBySlot,
    names: [&str; 4],
    slot: Option<u8>,
) -> Result<&'static str, Problem> {
    let place = slot.and_then(|slot| slot.checked_sub(1));
    let place = place.map(usize::from);
    let known = place.and_then(|place| Some((kept.get(place)?, names.get(place)?)));
    match known {
        Some((kept, name)) => get_once(kept, name).await,
        None => Ok(""),
    }
}
