//! Who a caller is by its token, and what a caller may.

mod acting;
mod cutoffs;
mod guarding;
mod naming;
mod naming_faults;
mod organization_claims;
mod refusing;
mod tokens;
