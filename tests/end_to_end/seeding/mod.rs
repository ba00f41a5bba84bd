//! Seeding by CSV.

mod access;
mod files;
mod members;
mod providers;
mod told;
mod transmitters;
