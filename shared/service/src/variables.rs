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

/// A variable's value, asked for once in an instance's life. Several requests may ask at the same
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
