//! Evaluations: reading requests, reporting their errors, and answering with decisions.

pub mod answers;
pub mod entities;
pub mod evaluation;
pub mod fields;
pub mod grounds;
pub mod request;
mod strict;
