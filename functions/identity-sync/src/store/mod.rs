//! Where data comes from and goes to.

pub mod users;
