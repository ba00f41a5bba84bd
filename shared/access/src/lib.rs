//! Access decisions: whether a caller may do something.
//!
//! Handlers say which action on which resource a request is, in the words of the contract. It is decided by the
//! caller's own policy, in its own organization, as `/access/v1` would decide it for others. What that takes
//! comes from Redis with the look that is made anyway.

#[cfg(target_family = "wasm")]
mod entered;
pub mod policies;
#[cfg(target_family = "wasm")]
mod refusing;
mod remembered;
mod resource;
mod rights;

#[cfg(target_family = "wasm")]
pub use entered::{Entered, enter, enter_asking, enter_comparing};
#[cfg(target_family = "wasm")]
pub use refusing::refused_or;
pub use resource::{Action, Resource};
pub use rights::Rights;
