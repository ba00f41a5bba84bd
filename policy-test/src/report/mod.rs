//! The reports of a run: on the terminal, and in files.

mod junit;
mod plain;
mod progress;
mod tally;
mod terminal;

pub use junit::write as write_junit;
pub use plain::plain;
pub use progress::Progress;
pub use tally::Tally;
pub use terminal::{write as write_text, write_faults};

#[cfg(test)]
mod tests;
