//! Callers: their identity, from their tokens, and their rights.

mod acting;
mod cutoffs;
mod guarding;
mod naming;
mod naming_faults;
mod organization_claims;
mod refusing;
mod tokens;
