//! Where events go to and come from.

mod appending;
mod reading;

pub use appending::append;
pub use reading::{Reader, find, get};

/// A call of a function of the schema, with so many parameters.
fn call(columns: &str, function: &str, parameters: usize) -> String {
    let places: Vec<_> = (1..=parameters).map(|at| format!("${at}")).collect();
    format!(
        "SELECT organization_id::text, refusal, {columns} FROM shell.{function}({})",
        places.join(", ")
    )
}
