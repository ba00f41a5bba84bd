//! The client of the Shell.

mod address;
mod client;
mod evaluations;
mod explanation;
mod failure;
mod token;

pub use address::Address;
pub use client::{Client, Patience};
pub use evaluations::{Answer, evaluate};

pub use explanation::{Explanation, explain};
pub use failure::Failure;
pub use token::Token;
