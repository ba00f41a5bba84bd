//! Where data comes from and goes to.

mod listing;
mod receiving;
pub mod users;

use serde_json::Value;
use service::{http::change::parse, log, problem::Problem, sql::Row};

pub use listing::list;
pub use receiving::receive;

/// Writes what a function of the database warns of into the log.
fn log_warnings(row: &mut Row) -> Result<(), Problem> {
    if let Some(warnings) = row.text("warnings")? {
        parse::<Vec<Value>>(&warnings)?
            .iter()
            .for_each(log::warning);
    }
    Ok(())
}
