//! Where data comes from and goes to.

mod listing;
pub mod users;

pub use listing::list;
