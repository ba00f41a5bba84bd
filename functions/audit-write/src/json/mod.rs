//! JSON that is read without being changed: numbers stay as they were sent, and a text that cannot be
//! decoded is a fault of its place instead of the whole body's.
//!
//! [`service::fields::Fields`] holds decoded values, which can do neither.

mod faults;
mod fields;
mod members;
mod place;

pub use faults::Faults;
pub use fields::Fields;
pub use members::{items, members, text};
pub use place::Place;
