//! JSON that is read without being changed: numbers stay as they were sent, and a text that cannot be
//! decoded is a fault of its place instead of the whole body's.
//!
//! [`service::http::fields::Fields`] owns what it reads, which is too dear for a thousand events.

mod faults;
mod fields;
mod place;

pub use faults::Faults;
pub use fields::Fields;
pub use place::Place;
pub use service::http::json::{items, members, text};
