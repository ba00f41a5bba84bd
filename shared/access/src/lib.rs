//! Access decisions: whether a caller may do something.
//!
//! A handler names the action and the resource of a request, in the words of the contract. The decision follows from
//! the caller's own policy in its own organization, as `/access/v1` would decide it for others. The data for it comes
//! with the lookup in Redis that a request makes anyway.

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
