//! The data in the stores.

mod listing;
pub mod users;

pub use listing::list;
