//! Where data comes from and goes to.

mod policies;

pub use policies::find_policies;
