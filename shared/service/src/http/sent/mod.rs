//! JSON that is read without being changed: numbers stay as they were sent, and a text that cannot be decoded is an
//! error of its field instead of the whole body.
//!
//! [`super::fields::Fields`] owns what it reads, which is too expensive for a thousand events or resources.

mod faults;
mod fields;

pub use faults::Faults;
pub use fields::Fields;
pub use vocabulary::Place;
