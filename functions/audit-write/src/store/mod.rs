//! Where events go to and come from.

mod appending;
mod reading;

pub use appending::append;
pub use reading::{find, get};
