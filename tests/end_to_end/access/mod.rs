//! Decisions: evaluating, searching and explaining, their steady state, and policies that leave the Shell.

mod deciding_faults;
mod deciding_steady;
pub(crate) mod evaluating;
mod evaluating_certified;
mod evaluating_faults;
pub(crate) mod explaining;
mod explaining_values;
mod exporting;
mod metadata;
pub(crate) mod policies;
mod policy_testing;
mod policy_testing_faults;
pub(crate) mod searching;
mod searching_certified;
mod searching_equal;
mod searching_pages;
