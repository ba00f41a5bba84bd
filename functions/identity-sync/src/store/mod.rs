//! Where data comes from and goes to.

mod listing;
mod receiving;

pub use listing::list;
pub use receiving::receive;
