//! Decisions: evaluating, searching and explaining, their steady state, and policies that leave the Shell.

mod deciding_faults;
mod deciding_steady;
mod evaluating;
mod evaluating_certified;
mod evaluating_faults;
mod explaining;
mod explaining_values;
mod exporting;
mod metadata;
mod policies;
mod policy_testing;
mod policy_testing_faults;
mod searching;
mod searching_certified;
mod searching_equal;
mod searching_pages;
