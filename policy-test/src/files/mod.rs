//! The files with cases, all of which are read before anything is sent.

mod case;
mod entity;
mod fault;
mod members;
mod reading;
mod scalar;
mod tree;

pub use case::{Case, Decision};
pub use fault::Fault;
#[cfg(test)]
pub use reading::parse;
pub use reading::{File, read};
