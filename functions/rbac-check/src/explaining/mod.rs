//! Explanations of decisions, as they are answered.

mod shown;

pub use shown::{MayRead, shown};
