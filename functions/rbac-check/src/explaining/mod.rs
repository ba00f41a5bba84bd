//! Answers with explanations of decisions.

mod shown;

pub use shown::{MayRead, shown};
