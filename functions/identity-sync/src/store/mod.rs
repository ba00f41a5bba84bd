//! Where data comes from and goes to.

mod receiving;

pub use receiving::receive;
