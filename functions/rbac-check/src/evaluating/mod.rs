//! Evaluations: what is asked, how its faults are told, and how decisions are answered.

pub mod answers;
pub mod entities;
pub mod evaluation;
pub mod fields;
pub mod grounds;
pub mod request;
mod strict;
