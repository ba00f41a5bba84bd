//! Where data comes from and goes to.

mod listing;
mod receiving;
pub mod users;

pub use listing::list;
pub use receiving::receive;
