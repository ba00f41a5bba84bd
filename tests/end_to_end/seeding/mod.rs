//! Seeding by CSV.

mod access;
pub(crate) mod files;
mod members;
mod providers;
mod told;
mod transmitters;
